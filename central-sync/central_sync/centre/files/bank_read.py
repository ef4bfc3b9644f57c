"""Reading a question bank from .xlsx, with its pictures and clips from a zip beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import ValidationError

from central_sync.centre.files.bank import (
    BankDraft,
    derived_item_id,
    first_complaint,
    true_false_choices,
    truth,
)
from central_sync.centre.files.bank_columns import (
    BANK_FORM,
    CHOICE_MEDIA,
    CHOICES,
    ID,
    KEY,
    LETTERS,
    MEDIA,
    STEM,
    TOPIC,
    TYPE,
    TYPE_WORDS,
)
from central_sync.centre.files.media import media_of
from central_sync.centre.files.plain_text import compatible
from central_sync.centre.files.report import Findings, ImportReport, Refused, refused
from central_sync.centre.files.safe_zip import open_zip
from central_sync.centre.files.workbook import Column, TableRow, read_table
from central_sync.protocol.items import Choice, Item, ItemType, Media

_ITEM_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
_SEMICOLON = re.compile(r"[;；]+")
_KEY_SEPARATORS = re.compile(r"[\s,，、;；/|.。]+")
_CHOICE_PREFIX = re.compile(r"^\s*([A-Ha-hＡ-Ｈ])\s*[:：=]\s*(.*)$", re.DOTALL)


def read_media_zip(data: bytes) -> tuple[dict[str, bytes] | None, ImportReport]:
    """Return the files of a zip by their path in it, for `read_bank_xlsx`; None when it cannot be taken.

    Whether they are pictures or clips is checked when an item names them.
    """
    findings = Findings()
    try:
        with open_zip(data) as archive:
            files = {name: archive.read(name) for name in archive}
    except Refused as refusal:
        findings.add(refusal.finding)
        return None, findings.report(0)
    if not files:
        findings.whole("zip.empty", "压缩包里没有文件。", "The archive holds no files.")
        return None, findings.report(0)
    return files, findings.report(len(files))


def read_bank_xlsx(
    data: bytes, media: Mapping[str, bytes] | None = None
) -> tuple[BankDraft | None, ImportReport]:
    """Return the items of a workbook, all or none, and the report.

    `media` holds the files beside it by name; a path is found by its last part when that is unique.
    """
    findings = Findings()
    try:
        rows = read_table(data, BANK_FORM, findings)
    except Refused as refusal:
        findings.add(refusal.finding)
        return None, findings.report(0)
    reader = _BankReader(findings, media or {})
    for row in rows:
        reader.take(row)
    if not rows:
        findings.whole(
            "bank.empty",
            "表中没有试题。请在“试题”工作表的表头下逐行填写。",
            "The workbook holds no items. Fill in one row for each below the headings of the first sheet.",
        )
    reader.name_unused_media()
    if findings.failed:
        return None, findings.report(0)
    return BankDraft(tuple(reader.items), reader.contents), findings.report(len(reader.items))


class _BankReader:
    """Turns rows into items one by one, remembering ids and media seen before."""

    def __init__(self, findings: Findings, files: Mapping[str, bytes]) -> None:
        self.items: list[Item] = []
        self.contents: dict[str, bytes] = {}
        self._findings = findings
        self._files = files
        self._paths: dict[str, list[str]] = {}
        for path in files:
            self._paths.setdefault(path.rpartition("/")[2].casefold(), []).append(path)
        self._checked: dict[str, Media | Refused] = {}
        self._row_of_id: dict[str, int] = {}

    def take(self, row: TableRow) -> None:
        """Add the row's item, or the findings that keep it out."""
        texts = row.texts
        for column in (TOPIC, STEM):
            if not texts[column.key] and column.key not in row.bad:
                self._complain(row, column, "bank.missing", "必须填写。", "this must be filled in.")
        if texts["id"] and not _ITEM_ID.match(texts["id"]):
            self._complain(
                row,
                ID,
                "bank.id",
                "题号只能用字母、数字和 . _ -，以字母或数字开头，最多 64 个字符；也可留空自动生成。",
                "only letters, digits and . _ - are allowed, beginning with a letter or digit, at most 64; "
                "or leave it empty.",
            )
            return
        item_type = self._type(row)
        stem_media = self._media(row, MEDIA, texts["media"])
        choice_media = self._choice_media(row)
        if item_type is None:
            return
        if item_type is ItemType.TRUE_FALSE:
            choices, key = self._true_false(row, choice_media)
        else:
            choices = self._choices(row, choice_media)
            key = self._key(row, item_type, choices)
        if not (choices and key and texts["topic"] and texts["stem"]) or row.bad:
            return
        self._add(row, item_type, choices, key, stem_media)

    def _add(
        self,
        row: TableRow,
        item_type: ItemType,
        choices: tuple[Choice, ...],
        key: tuple[str, ...],
        media: tuple[Media, ...],
    ) -> None:
        texts = row.texts
        item_id = texts["id"] or derived_item_id(item_type, texts["stem"], choices, media)
        if item_id in self._row_of_id:
            earlier = self._row_of_id[item_id]
            if texts["id"]:
                said = (
                    f"题号 {item_id} 与第 {earlier} 行重复，请改为不同的题号。",
                    f"the item number {item_id} is already in row {earlier}; give it another.",
                )
            else:
                said = (
                    f"与第 {earlier} 行是同一道题，请删除其中一行。",
                    f"this is the same item as in row {earlier}; delete one of them.",
                )
            self._complain(row, ID, "bank.double", *said)
            return
        self._row_of_id[item_id] = row.number
        try:
            item = Item(
                id=item_id,
                type=item_type,
                topic=texts["topic"],
                stem=texts["stem"],
                choices=choices,
                key=key,
                media=media,
                explanation=texts["explanation"],
            )
        except ValidationError as error:
            reason = first_complaint(error)
            self._complain(
                row, STEM, "bank.item", f"试题不符合要求：{reason}。", f"the item is not valid: {reason}."
            )
            return
        self.items.append(item)

    def _complain(self, row: TableRow, column: Column, code: str, zh: str, en: str) -> None:
        self._findings.at_row(row.number, column.names, code, zh, en)

    def _type(self, row: TableRow) -> ItemType | None:
        if TYPE.key in row.bad:
            return None
        text = compatible(row.texts["type"]).lower()
        found = TYPE_WORDS.get(text)
        if found is None:
            shown = f"“{text[:20]}”不是题型" if text else "必须填写题型"
            shown_en = f"'{text[:20]}' is no item type" if text else "the type must be filled in"
            self._complain(
                row,
                TYPE,
                "bank.type",
                f"{shown}，只能填：单选题、多选题、判断题。",
                f"{shown_en}; allowed are 单选题 (single), 多选题 (multiple), 判断题 (true/false).",
            )
        return found

    def _choices(self, row: TableRow, media: Mapping[str, tuple[Media, ...]]) -> tuple[Choice, ...]:
        texts = [row.texts[column.key] for column in CHOICES]
        used = [bool(text) or letter in media for letter, text in zip(LETTERS, texts, strict=True)]
        last = max((place for place, use in enumerate(used) if use), default=-1)
        for place in range(max(last, 1) + 1):
            if not used[place] and CHOICES[place].key not in row.bad:
                self._complain(
                    row,
                    CHOICES[place],
                    "bank.choice_missing",
                    "选项不能为空或跳过：至少填 A、B 两项，并依次填写。",
                    "choices may not be empty or skipped: fill in at least A and B, without gaps.",
                )
                return ()
        filled = [text for text in texts[: last + 1] if text]
        if len(set(filled)) != len(filled):
            twice = next(place for place, text in enumerate(texts) if text and text in texts[:place])
            self._complain(
                row,
                CHOICES[twice],
                "bank.choice_double",
                "与前面的选项内容相同，请修改。",
                "the text is the same as that of an earlier choice; change it.",
            )
            return ()
        return tuple(
            Choice(id=letter, text=text, media=media.get(letter, ()))
            for letter, text in zip(LETTERS[: last + 1], texts, strict=False)
        )

    def _key(self, row: TableRow, item_type: ItemType, choices: tuple[Choice, ...]) -> tuple[str, ...]:
        if KEY.key in row.bad:
            return ()
        text = row.texts["key"]
        letters = _KEY_SEPARATORS.sub("", compatible(text).upper())
        known = [choice.id for choice in choices]
        if not letters:
            said = "必须填写答案，如 A 或 ABD。", "the key must be filled in, such as A or ABD."
        elif not all(letter in LETTERS for letter in letters):
            said = (
                f"“{text[:20]}”不是答案，只能用选项字母，如 A 或 ABD。",
                f"'{text[:20]}' is no key; use the letters of choices, such as A or ABD.",
            )
        elif len(set(letters)) != len(letters):
            said = f"答案 {letters} 有重复的字母。", f"the key {letters} names a letter twice."
        elif known and (unknown := [letter for letter in letters if letter not in known]):
            said = (
                f"答案中的 {'、'.join(unknown)} 没有对应的选项，可用：{'、'.join(known)}。",
                f"the key names {', '.join(unknown)}, which is no choice; allowed are {', '.join(known)}.",
            )
        elif item_type is ItemType.SINGLE and len(letters) != 1:
            said = (
                f"单选题只能有一个答案，现为 {letters}。",
                f"a single-choice item has exactly one right choice, found {letters}.",
            )
        elif item_type is ItemType.MULTIPLE and len(letters) < 2:
            said = (
                f"多选题至少有两个答案，现为 {letters}。",
                f"a multiple-choice item has at least two right choices, found {letters}.",
            )
        else:
            return tuple(sorted(letters))
        self._complain(row, KEY, "bank.key", *said)
        return ()

    def _true_false(
        self, row: TableRow, media: Mapping[str, tuple[Media, ...]]
    ) -> tuple[tuple[Choice, ...], tuple[str, ...]]:
        for place, column in enumerate(CHOICES):
            text = row.texts[column.key]
            if text and (place > 1 or truth(text) is not (place == 0)):
                self._complain(
                    row,
                    column,
                    "bank.true_false_choice",
                    "判断题的选项 A 固定为“正确”、B 固定为“错误”，选项列请留空。",
                    "in a true/false item A is 正确 and B is 错误; leave the choices empty.",
                )
                return (), ()
        if media:
            self._complain(
                row,
                CHOICE_MEDIA,
                "bank.true_false_choice",
                "判断题的选项不能有图片，请放到题干图片。",
                "choices of a true/false item have no pictures; put them to the stem.",
            )
            return (), ()
        if KEY.key in row.bad:
            return (), ()
        text = row.texts["key"]
        said = truth(text)
        letter = compatible(text).upper()
        if said is None and letter in {"A", "B"}:
            said = letter == "A"
        if said is None:
            self._complain(
                row,
                KEY,
                "bank.key",
                f"判断题的答案只能填：对、错、正确、错误、√、×，现为“{text[:20]}”。",
                f"the key of a true/false item is 对, 错, 正确, 错误, √ or ×, found '{text[:20]}'.",
            )
            return (), ()
        return true_false_choices(), ("A",) if said else ("B",)

    def _choice_media(self, row: TableRow) -> dict[str, tuple[Media, ...]]:
        found: dict[str, tuple[Media, ...]] = {}
        for part in _parts(row.texts["choice_media"]):
            match = _CHOICE_PREFIX.match(part)
            if match is None:
                self._complain(
                    row,
                    CHOICE_MEDIA,
                    "bank.choice_media",
                    f"“{part[:40]}”没有写明选项，请写成如 A=图1.png，每行一个。",
                    f"'{part[:40]}' does not say which choice; write it as A=picture1.png, one a line.",
                )
                continue
            letter = compatible(match.group(1)).upper()
            found[letter] = found.get(letter, ()) + self._media(row, CHOICE_MEDIA, match.group(2))
        return found

    def _media(self, row: TableRow, column: Column, text: str) -> tuple[Media, ...]:
        found = []
        for part in _parts(text):
            name, _, alt = (piece.strip() for piece in part.partition("|"))
            try:
                media = self._file(name)
            except Refused as refusal:
                finding = refusal.finding
                self._complain(row, column, finding.code, finding.zh, finding.en)
                continue
            if media is None:
                self._complain(
                    row,
                    column,
                    "bank.media_missing",
                    f"压缩包中找不到文件“{name[:80]}”。请把它放进与表格一起上传的 zip，文件名须完全一致。",
                    f"the file '{name[:80]}' is not in the zip beside the workbook; add it with exactly this "
                    f"name.",
                )
            else:
                found.append(media.model_copy(update={"alt": alt}))
        return tuple(found)

    def _file(self, name: str) -> Media | None:
        path = name
        if path not in self._files:
            paths = self._paths.get(name.rpartition("/")[2].casefold(), [])
            if len(paths) != 1:
                return None
            path = paths[0]
        if path not in self._checked:
            try:
                media = media_of(path.rpartition("/")[2], self._files[path])
                self._checked[path] = media
                self.contents[media.sha256] = self._files[path]
            except Refused as refusal:
                self._checked[path] = refusal
            except ValidationError as error:
                reason = first_complaint(error)
                self._checked[path] = refused(
                    "media.name",
                    f"文件名 {name} 不可用：{reason}。",
                    f"The name {name} is not allowed: {reason}.",
                    place=name,
                )
        checked = self._checked[path]
        if isinstance(checked, Refused):
            raise checked
        return checked

    def name_unused_media(self) -> None:
        """List files of the zip that no item names."""
        for path in self._files:
            if path not in self._checked:
                self._findings.whole(
                    "bank.media_unused",
                    f"压缩包中的文件 {path[:80]} 没有被任何试题引用，未导入。",
                    f"The file {path[:80]} is named by no item and was left out.",
                    place=path[:80],
                    severity="warning",
                )


def _parts(text: str) -> list[str]:
    """Split a cell of names: one a line, or with semicolons between.

    After a single `|` the words of that line are the last name's text, semicolons and all.
    """
    parts: list[str] = []
    for line in text.split("\n"):
        names, bar, said = line.partition("|")
        if "|" in said:
            parts += _SEMICOLON.split(line)
            continue
        *others, last = _SEMICOLON.split(names)
        parts += [*others, f"{last}{bar}{said}"]
    return [part.strip() for part in parts if part.strip()]
