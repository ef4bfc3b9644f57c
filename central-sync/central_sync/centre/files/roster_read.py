"""Reading a roster (考生名册) from .xlsx, with registration photos from a zip beside it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from central_sync.centre.files.photos import normalised_photo
from central_sync.centre.files.plain_text import compatible
from central_sync.centre.files.report import Findings, ImportReport, Refused
from central_sync.centre.files.roster_columns import (
    EXTRA,
    ID_NUMBER,
    MAX_CANDIDATES,
    MAX_EXTRA_MINUTES,
    MAX_RESIT,
    MOBILE,
    NAME,
    RESIT,
    ROSTER_FORM,
    SEX,
)
from central_sync.centre.files.safe_zip import MIB, SafeZip, ZipLimits, open_zip
from central_sync.centre.files.workbook import Column, TableRow, read_table
from central_sync.protocol.roster import InvalidIdNumber, identity_number, sex_in

_SEXES = {"男": "M", "男性": "M", "m": "M", "male": "M", "女": "F", "女性": "F", "f": "F", "female": "F"}
_SEX_ZH = {"M": "男", "F": "女"}
_MOBILE = re.compile(r"^1[3-9][0-9]{9}$")
_HAN_NAME = re.compile(r"^[\u3400-\u9fff·\s]+$")
_PHOTO_LIMITS = ZipLimits(entries=MAX_CANDIDATES * 2, entry_bytes=24 * MIB, total_bytes=2048 * MIB)
_PHOTO_NAME = re.compile(r"^(.+)\.(jpg|jpeg|png)$", re.IGNORECASE)


@dataclass(frozen=True)
class RosterCandidate:
    """A candidate as the roster has them."""

    name: str
    sex: str
    """M or F."""
    id_number: str
    employer: str
    mobile: str
    """Eleven digits, or empty."""
    extra_minutes: int
    resit: int
    photo_sha256: str | None
    remark: str = ""


@dataclass(frozen=True)
class RosterDraft:
    """Candidates that may go in, with their photos (JPEG, at most 480 x 640) by SHA-256."""

    candidates: tuple[RosterCandidate, ...]
    photos: Mapping[str, bytes] = field(default_factory=dict)


def read_roster(data: bytes, photos_zip: bytes | None = None) -> tuple[RosterDraft | None, ImportReport]:
    """Return the candidates of a roster, all or none, and the report.

    Photos are named by ID number (`.jpg`, `.jpeg`, `.png`), in any folder of the zip.
    """
    findings = Findings()
    try:
        rows = read_table(data, ROSTER_FORM, findings)
    except Refused as refusal:
        findings.add(refusal.finding)
        return None, findings.report(0)
    if not rows:
        findings.whole(
            "roster.empty",
            "名册中没有考生。请在“考生”工作表的表头下逐行填写。",
            "The roster holds no candidates. Fill in one row for each below the headings of the first sheet.",
        )
    row_of: dict[str, int] = {}
    found: dict[str, RosterCandidate] = {}
    for row in rows:
        candidate = _candidate(row, row_of, findings)
        if candidate is not None:
            found[candidate.id_number] = candidate
    photos = _photos(photos_zip, row_of, findings)
    if findings.failed:
        return None, findings.report(0)
    contents: dict[str, bytes] = {}
    candidates = []
    for number, candidate in found.items():
        photo = photos.get(number)
        sha256 = None if photo is None else hashlib.sha256(photo).hexdigest()
        if photo is not None and sha256 is not None:
            contents[sha256] = photo
        candidates.append(RosterCandidate(**{**vars(candidate), "photo_sha256": sha256}))
    return RosterDraft(tuple(candidates), contents), findings.report(len(candidates))


def _candidate(row: TableRow, row_of: dict[str, int], findings: Findings) -> RosterCandidate | None:
    def complain(column: Column, code: str, zh: str, en: str) -> None:
        findings.at_row(row.number, column.names, code, zh, en)

    name = row.texts["name"]
    if _HAN_NAME.match(name):
        # lists in Chinese pad two-character names with spaces: 张　三
        name = "".join(name.split())
    if not name and NAME.key not in row.bad:
        complain(NAME, "roster.name", "必须填写姓名。", "the name must be filled in.")
    id_number = _id_number(row, row_of, findings)
    sex = _sex(row, id_number, findings)
    mobile = re.sub(r"[\s-]", "", compatible(row.texts["mobile"])).removeprefix("+86")
    if mobile and not _MOBILE.match(mobile):
        complain(
            MOBILE,
            "roster.mobile",
            "应为 11 位手机号（1 开头），没有可留空。",
            "a mobile number has 11 digits and begins with 1; leave it empty if there is none.",
        )
    extra = _whole_number(row, EXTRA, MAX_EXTRA_MINUTES, findings)
    resit = _whole_number(row, RESIT, MAX_RESIT, findings)
    if row.bad or not name or id_number is None or sex is None or extra is None or resit is None:
        return None
    return RosterCandidate(
        name, sex, id_number, row.texts["employer"], mobile, extra, resit, None, row.texts["remark"]
    )


def _id_number(row: TableRow, row_of: dict[str, int], findings: Findings) -> str | None:
    if ID_NUMBER.key in row.bad:
        return None
    try:
        number = identity_number(row.texts["id_number"])
    except InvalidIdNumber as error:
        zh, _, en = str(error).partition(" / ")
        findings.at_row(row.number, ID_NUMBER.names, "roster.id_number", f"{zh}。", f"{en}.")
        return None
    if number in row_of:
        findings.at_row(
            row.number,
            ID_NUMBER.names,
            "roster.double",
            f"与第 {row_of[number]} 行的身份证号重复，同一考生只能出现一次。",
            f"the same ID number is in row {row_of[number]}; each candidate may appear only once.",
        )
        return None
    row_of[number] = row.number
    return number


def _sex(row: TableRow, id_number: str | None, findings: Findings) -> str | None:
    text = compatible(row.texts["sex"]).lower()
    told = _SEXES.get(text)
    if text and told is None:
        findings.at_row(
            row.number,
            SEX.names,
            "roster.sex",
            f"“{text}”不是性别，只能填：男、女；也可留空，由身份证号得出。",
            f"'{text}' is no sex; allowed are 男 (male), 女 (female), or empty to take it from the ID "
            f"number.",
        )
        return None
    if id_number is None:
        return told
    of_number = sex_in(id_number)
    if of_number is None:
        if told is None:
            findings.at_row(
                row.number,
                SEX.names,
                "roster.sex_needed",
                "外国人永久居留证的号码不含性别，请填写：男、女。",
                "the number of a foreigner's card tells no sex; fill in 男 (male) or 女 (female).",
            )
        return told
    if told is not None and told != of_number:
        findings.at_row(
            row.number,
            SEX.names,
            "roster.sex_mismatch",
            f"填写为{_SEX_ZH[told]}，但身份证号表示为{_SEX_ZH[of_number]}，请核对姓名、性别和身份证号。",
            f"the sheet says {told}, the ID number says {of_number}; check name, sex and ID number.",
        )
        return None
    return of_number


def _whole_number(row: TableRow, column: Column, most: int, findings: Findings) -> int | None:
    text = compatible(row.texts[column.key])
    if not text:
        return 0
    if text.isascii() and text.isdigit() and int(text) <= most:
        return int(text)
    findings.at_row(
        row.number,
        column.names,
        f"roster.{column.key}",
        f"应为 0 到 {most} 的整数，现为“{text}”；没有可留空。",
        f"a whole number from 0 to {most} is expected, found '{text}'; leave it empty for none.",
    )
    return None


def _photos(data: bytes | None, row_of: Mapping[str, int], findings: Findings) -> dict[str, bytes]:
    """Return normalised photos by ID number; what is missing or too many becomes warnings."""
    if data is None:
        findings.whole(
            "roster.no_photos",
            "没有上传照片压缩包，考生将没有报名照片。",
            "No zip of photos was uploaded; the candidates will have no registration photo.",
            severity="warning",
        )
        return {}
    photos: dict[str, bytes] = {}
    try:
        with open_zip(data, _PHOTO_LIMITS) as archive:
            for number, path in _photo_paths(archive, row_of, findings).items():
                try:
                    photos[number] = normalised_photo(path, archive.read(path))
                except Refused as refusal:
                    _at_candidate(refusal, row_of[number], findings)
    except Refused as refusal:
        findings.add(refusal.finding)
        return {}
    for number, row in row_of.items():
        if number not in photos:
            findings.at_row(
                row,
                ("照片", "photo"),
                "roster.photo_missing",
                f"压缩包中没有 {number}.jpg 或 .png。",
                f"there is no {number}.jpg or .png in the zip.",
                "warning",
            )
    return photos


def _at_candidate(refusal: Refused, row: int, findings: Findings) -> None:
    finding = refusal.finding
    findings.at_row(row, ("照片", "photo"), finding.code, finding.zh, finding.en)


def _photo_paths(archive: SafeZip, row_of: Mapping[str, int], findings: Findings) -> dict[str, str]:
    paths: dict[str, str] = {}
    for path in archive:
        match = _PHOTO_NAME.match(path.rpartition("/")[2])
        number = compatible(match.group(1)).upper() if match else ""
        if match is None:
            findings.whole(
                "roster.photo_name",
                f"压缩包中的 {path[:80]} 不是以身份证号命名的 jpg、jpeg 或 png 照片，已忽略。",
                f"{path[:80]} in the zip is no jpg, jpeg or png named by an ID number; left out.",
                place=path[:80],
                severity="warning",
            )
        elif number not in row_of:
            findings.whole(
                "roster.photo_unknown",
                f"照片 {path[:80]} 的身份证号不在名册中，已忽略。",
                f"The ID number of the photo {path[:80]} is not on the roster; left out.",
                place=path[:80],
                severity="warning",
            )
        elif number in paths:
            findings.at_row(
                row_of[number],
                ("照片", "photo"),
                "roster.photo_double",
                f"有两张照片：{paths[number][:80]} 与 {path[:80]}，请只保留一张。",
                f"there are two photos: {paths[number][:80]} and {path[:80]}; keep one of them.",
            )
        else:
            paths[number] = path
    return paths
