"""A document as it was read: names, numbers and dates, and what was found amiss with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from firmware_adapters.adapter import Json, Reason


class DocumentType(StrEnum):
    """Kinds of document a reader reads (证件类型)."""

    RESIDENT = "resident"  # 居民身份证
    PERMIT = "permit"  # 港澳台居民居住证
    FOREIGN_2017 = "foreign_2017"  # 外国人永久居留身份证（2017 版）
    FOREIGN_2023 = "foreign_2023"  # 外国人永久居留身份证（2023 版）


TYPE_NAMES: Final[dict[DocumentType, tuple[str, str]]] = {
    DocumentType.RESIDENT: ("居民身份证", "resident identity card"),
    DocumentType.PERMIT: ("港澳台居民居住证", "residence permit of Hong Kong, Macau and Taiwan residents"),
    DocumentType.FOREIGN_2017: ("外国人永久居留身份证（2017 版）", "permanent resident's card, 2017"),
    DocumentType.FOREIGN_2023: ("外国人永久居留身份证（2023 版）", "permanent resident's card, 2023"),
}


class Sex(StrEnum):
    """Sex (性别), GB/T 2261.1."""

    UNKNOWN = "unknown"  # 0 未知
    MALE = "male"  # 1 男
    FEMALE = "female"  # 2 女
    UNSTATED = "unstated"  # 9 未说明


SEXES: Final[dict[str, Sex]] = {"0": Sex.UNKNOWN, "1": Sex.MALE, "2": Sex.FEMALE, "9": Sex.UNSTATED}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something amiss with one item. The document is shown all the same; a person decides."""

    reason: Reason
    field: str
    """Name of the item in Document."""
    detail: str = ""
    """What stood there, made printable."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document (证件). Text is without padding; what a kind of document lacks is empty or None."""

    type: DocumentType
    type_flag: str
    """The character at byte 248 as it stood there; empty for a resident card."""
    name: str = ""
    """Name in Chinese; a foreigner may have none."""
    english_name: str = ""
    sex: Sex | None = None
    """None when the code is not of the standard."""
    nation_code: str = ""
    nation: str = ""
    """民族, without the final 族; empty when the code is unknown or there is none."""
    birth: date | None = None
    address: str = ""
    new_address: str = ""
    """Address added later (追加住址), read apart from the rest."""
    number: str = ""
    """证件号码, shown whether it is right or wrong."""
    number_holds: bool = False
    """True when the number has its form and its check digit is right."""
    issuer: str = ""
    """签发机关; of a foreign 2017 card the code of the accepting authority (受理机关)."""
    valid_from: date | None = None
    valid_to: date | None = None
    """The last day; None when it is long term, or no date."""
    long_term: bool = False
    """True when the validity ends never (长期)."""
    pass_number: str = ""
    """通行证号码 of a permit."""
    issue_count: str = ""
    """签发次数 of a permit."""
    nationality: str = ""
    """Three-letter code of a foreigner's country."""
    renewals: str = ""
    """换证次数 of a foreign 2023 card."""
    old_number_link: str = ""
    """既往证件号码关联项 of a foreign 2023 card."""
    version: str = ""
    """证件版本号 of a foreign 2017 card."""
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """Return it as the event `card.read` carries it: dates as YYYY-MM-DD or null, findings with both
        sentences."""
        zh, en = TYPE_NAMES[self.type]
        value: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        for name in ("birth", "valid_from", "valid_to"):
            day = value[name]
            value[name] = day.isoformat() if day else None
        value["type"] = self.type.value
        value["sex"] = self.sex.value if self.sex else None
        value["type_zh"], value["type_en"] = zh, en
        value["findings"] = [
            {
                "code": finding.reason.code,
                "zh": finding.reason.zh,
                "en": finding.reason.en,
                "field": finding.field,
                "detail": finding.detail,
            }
            for finding in self.findings
        ]
        return value


class Validity(StrEnum):
    """Whether a day lies within a document's validity (有效期)."""

    VALID = "valid"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    UNKNOWN = "unknown"  # the dates cannot be read


def validity_on(document: Document, day: date) -> Validity:
    """Return whether the document is valid on a day, both ends of its validity included.

    Says nothing of what follows from it: that is decided where identities are.
    """
    if document.valid_to is not None and day > document.valid_to:
        return Validity.EXPIRED
    if document.valid_from is not None and day < document.valid_from:
        return Validity.NOT_YET
    if document.valid_from is None or (document.valid_to is None and not document.long_term):
        return Validity.UNKNOWN
    return Validity.VALID
