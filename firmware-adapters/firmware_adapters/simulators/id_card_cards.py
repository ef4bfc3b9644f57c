"""Simulated cards: an encoder of the text block, and invented people with right check digits.

Layouts are written here as widths of consecutive items, apart from the decoder's table of offsets, and check
digits are computed apart from it: a mistake in one of them shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from firmware_adapters.id_card.document import SEXES, Document, DocumentType
from firmware_adapters.simulators.id_card_photo import draw_portrait, encode_photo

WIDTHS: Final[Mapping[DocumentType, tuple[tuple[str, int], ...]]] = {
    DocumentType.RESIDENT: (
        ("name", 15),
        ("sex", 1),
        ("nation_code", 2),
        ("birth", 8),
        ("address", 35),
        ("number", 18),
        ("issuer", 15),
        ("valid_from", 8),
        ("valid_to", 8),
        ("reserved", 18),
    ),
    DocumentType.PERMIT: (
        ("name", 15),
        ("sex", 1),
        ("reserved", 2),
        ("birth", 8),
        ("address", 35),
        ("number", 18),
        ("issuer", 15),
        ("valid_from", 8),
        ("valid_to", 8),
        ("pass_number", 9),
        ("issue_count", 2),
        ("reserved", 3),
        ("type_flag", 1),
        ("reserved", 3),
    ),
    DocumentType.FOREIGN_2017: (
        ("english_name", 60),
        ("sex", 1),
        ("number", 15),
        ("nationality", 3),
        ("name", 15),
        ("valid_from", 8),
        ("valid_to", 8),
        ("birth", 8),
        ("version", 2),
        ("issuer", 4),
        ("type_flag", 1),
        ("reserved", 3),
    ),
    DocumentType.FOREIGN_2023: (
        ("name", 15),
        ("sex", 1),
        ("renewals", 2),
        ("birth", 8),
        ("english_name", 35),
        ("number", 18),
        ("reserved", 15),
        ("valid_from", 8),
        ("valid_to", 8),
        ("english_name_end", 11),
        ("nationality", 3),
        ("type_flag", 1),
        ("old_number_link", 3),
    ),
}
"""Items of each layout in their order, with their widths in characters of two bytes; 128 in all."""

FLAGS: Final = {
    DocumentType.RESIDENT: "",
    DocumentType.PERMIT: "J",
    DocumentType.FOREIGN_2017: "I",
    DocumentType.FOREIGN_2023: "Y",
}


def encode_text(kind: DocumentType, items: Mapping[str, str]) -> bytes:
    """Return the 256 bytes of a card's text. Items may be wrong in any way but too long (ValueError)."""
    items = {"type_flag": FLAGS[kind], **items}
    if kind is DocumentType.FOREIGN_2023:
        name = items.get("english_name", "")
        items |= {"english_name": name[:35], "english_name_end": name[35:]}
    block = b""
    for name, width in WIDTHS[kind]:
        text = "" if name == "reserved" else items.get(name, "")
        encoded = text.encode("utf-16-le", "surrogatepass")
        if len(encoded) > 2 * width:
            raise ValueError(f"{name} has room for {width} characters: {text!r}")
        block += encoded + b" \0" * (width - len(encoded) // 2)
    return block


def items_of(document: Document) -> dict[str, str]:
    """Return a document's items as they stand on its card."""
    codes = {sex: code for code, sex in SEXES.items()}
    items = {
        name: getattr(document, name)
        for name, _ in WIDTHS[document.type]
        if name in Document.__slots__ and isinstance(getattr(document, name), str)
    }
    items["sex"] = codes[document.sex] if document.sex else " "
    for name in ("birth", "valid_from", "valid_to"):
        day = getattr(document, name)
        items[name] = f"{day:%Y%m%d}" if day else ""
    if document.long_term:
        items["valid_to"] = "长期"
    return items


def gb_check(first_17: str) -> str:
    """Return the check character of 17 digits, GB 11643."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first_17, weights, strict=True))
    return "10X98765432"[total % 11]


def foreign_2017_check(first_14: str) -> str:
    """Return the check digit of the first 14 characters of a foreign number of 2017."""
    worth = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    weights = (7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3)
    total = sum(worth.index(one) * weight for one, weight in zip(first_14, weights, strict=True))
    return str(total % 10)


@dataclass(frozen=True)
class SimulatedCard:
    """A card to lay on a simulated reader."""

    text: bytes
    photo: bytes
    fingerprint: bytes = b""
    new_address: bytes = b""
    """70 bytes, or none when no address was added."""
    serial: bytes = bytes(8)
    """What selecting it answers; most cards give zeros."""


@dataclass(frozen=True)
class SamplePerson:
    """An invented person and the card, for tests, the demo and the desk."""

    zh: str
    """Which card it is, and what is special about it."""
    en: str
    kind: DocumentType
    items: Mapping[str, str]
    new_address: str = ""
    fingerprint: bytes = b""

    def card(self, photo: bytes | None = None) -> SimulatedCard:
        """Return the card, with a drawn portrait unless a photo (1024 bytes) is given."""
        address = self.new_address
        return SimulatedCard(
            encode_text(self.kind, self.items),
            photo if photo is not None else _portrait(sum(self.items["number"].encode())),
            self.fingerprint,
            address.ljust(35).encode("utf-16-le") if address else b"",
        )


@cache
def _portrait(seed: int) -> bytes:
    return encode_photo(draw_portrait(seed))


_GREEN: Final = {
    "name": "李晓萌",
    "sex": "2",
    "nation_code": "01",
    "birth": "20030512",
    "address": "北京市朝阳区样本路8号院2号楼101室",
    "number": "11010520030512002" + gb_check("11010520030512002"),
    "issuer": "北京市公安局朝阳分局",
    "valid_from": "20220601",
    "valid_to": "20320601",
}

SAMPLES: Final[Mapping[str, SamplePerson]] = {
    "resident": SamplePerson("居民身份证", "resident card", DocumentType.RESIDENT, _GREEN),
    "resident-long-term": SamplePerson(
        "居民身份证：长期有效",
        "resident card: valid for ever",
        DocumentType.RESIDENT,
        {
            "name": "王建国",
            "sex": "1",
            "nation_code": "11",
            "birth": "19650308",
            "address": "沈阳市和平区样本街12号",
            "number": "21010219650308103" + gb_check("21010219650308103"),
            "issuer": "沈阳市公安局和平分局",
            "valid_from": "20160520",
            "valid_to": "长期",
        },
    ),
    "resident-long-name": SamplePerson(
        "居民身份证：长姓名、追加住址、指纹",
        "resident card: long name, a new address, fingerprints",
        DocumentType.RESIDENT,
        {
            "name": "阿卜杜热伊木·艾则孜",
            "sex": "1",
            "nation_code": "05",
            "birth": "20010101",
            "address": "乌鲁木齐市天山区样本路3号",
            "number": "65010220010101001" + gb_check("65010220010101001"),
            "issuer": "乌鲁木齐市公安局天山区分局",
            "valid_from": "20200110",
            "valid_to": "20300110",
        },
        new_address="乌鲁木齐市沙依巴克区样本巷16号",
        fingerprint=bytes(range(256)) * 4,
    ),
    "resident-rare-character": SamplePerson(
        "居民身份证：生僻字姓名",
        "resident card: a rare character in the name",
        DocumentType.RESIDENT,
        {
            "name": "刘\U0002b02c",
            "sex": "1",
            "nation_code": "01",
            "birth": "19990909",
            "address": "南京市鼓楼区样本新村5幢",
            "number": "32010619990909117" + gb_check("32010619990909117"),
            "issuer": "南京市公安局鼓楼分局",
            "valid_from": "20190101",
            "valid_to": "20290101",
        },
    ),
    "resident-expired": SamplePerson(
        "居民身份证：已过期",
        "resident card: expired",
        DocumentType.RESIDENT,
        {
            **_GREEN,
            "name": "赵一凡",
            "sex": "1",
            "birth": "19950720",
            "number": "11010519950720031" + gb_check("11010519950720031"),
            "valid_from": "20100301",
            "valid_to": "20200301",
        },
    ),
    "resident-wrong-number": SamplePerson(
        "居民身份证：号码校验位错误",
        "resident card: wrong check digit",
        DocumentType.RESIDENT,
        {
            **_GREEN,
            "name": "孙可",
            "birth": "20020202",
            "number": "11010520020202024" + "0",
        },
    ),
    "permit-hong-kong": SamplePerson(
        "港澳居民居住证",
        "permit, Hong Kong",
        DocumentType.PERMIT,
        {
            "name": "陈家豪",
            "sex": "1",
            "birth": "19980704",
            "address": "广州市天河区样本大道100号",
            "number": "81000019980704003" + gb_check("81000019980704003"),
            "issuer": "广州市公安局",
            "valid_from": "20230901",
            "valid_to": "20280901",
            "pass_number": "H12345678",
            "issue_count": "01",
        },
    ),
    "permit-taiwan": SamplePerson(
        "台湾居民居住证",
        "permit, Taiwan",
        DocumentType.PERMIT,
        {
            "name": "林雅婷",
            "sex": "2",
            "birth": "19970812",
            "address": "厦门市思明区样本路27号",
            "number": "83000019970812026" + gb_check("83000019970812026"),
            "issuer": "厦门市公安局",
            "valid_from": "20240115",
            "valid_to": "20290115",
            "pass_number": "01234567",
            "issue_count": "02",
        },
    ),
    "foreign-2017": SamplePerson(
        "外国人永久居留身份证（2017 版）",
        "permanent resident, 2017",
        DocumentType.FOREIGN_2017,
        {
            "english_name": "EXAMPLE, JOHN EDWARD",
            "sex": "1",
            "number": "GBR31009005151" + foreign_2017_check("GBR31009005151"),
            "nationality": "GBR",
            "name": "江恩德",
            "valid_from": "20200315",
            "valid_to": "20300314",
            "birth": "19900515",
            "version": "01",
            "issuer": "1500",
        },
    ),
    "foreign-2023": SamplePerson(
        "外国人永久居留身份证（2023 版）",
        "permanent resident, 2023",
        DocumentType.FOREIGN_2023,
        {
            "name": "费思安",
            "sex": "2",
            "renewals": "01",
            "birth": "19880416",
            "english_name": "SAMPLESTONE-HAVERSHAM, ALEXANDRA JOSEPHINE",
            "number": "93182619880416002" + gb_check("93182619880416002"),
            "valid_from": "20240101",
            "valid_to": "20331231",
            "nationality": "GBR",
            "old_number_link": "",
        },
    ),
}
"""Cards of every kind. All people are invented."""
