"""Thirty candidates before the front door: their documents, faces and tickets, and what must become of them.

All are invented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from central_sync.protocol.roster import ArrangedCandidate, sex_in
from firmware_adapters.id_card.document import DocumentType
from firmware_adapters.simulators.id_card_cards import (
    SAMPLES,
    SimulatedCard,
    encode_text,
    foreign_2017_check,
    gb_check,
)
from tests.browser.front_door_pictures import Gallery, Scene, Who
from tests.site_app import Arranged

ROOM = "第一考场"
BIRTH = "19900101"
GONE, GOOD = "20200301", "20360301"

Kind = Literal["resident", "permit", "foreign_2017", "foreign_2023"]
Verdict = Literal["pass", "ask", "refuse"]
Settled = Literal["", "let in", "let in by two", "refused"]

_SAMPLES: Mapping[Kind, str] = {
    "resident": "resident",
    "permit": "permit-hong-kong",
    "foreign_2017": "foreign-2017",
    "foreign_2023": "foreign-2023",
}


@dataclass(frozen=True)
class Applicant:
    """Somebody who comes to the front door."""

    name: str
    """As on the roster."""
    number: str
    way: Literal["desk", "terminal"]
    takes: Literal["card", "code", "hand"]
    """How the queue's number is taken."""
    kind: Kind = "resident"
    on_card: str = ""
    """Name on the document, where it is another."""
    valid_to: str = GOOD
    photo: bool = True
    """Whether there is a registration photo."""
    chip: bool = True
    """Whether the photo in the card can be read."""
    live: Scene = "first"
    then: Scene | None = None
    """Whom the desk's camera sees when a terminal has sent them there."""
    listed: bool = True
    """On the roster of this site."""
    verdict: Verdict = "pass"
    """Where they first come to."""
    rules: tuple[str, ...] = ("identity.verified",)
    desk_rules: tuple[str, ...] = ()
    """What counted at the desk, where a terminal sent them there."""
    settled: Settled = ""

    @property
    def sits(self) -> bool:
        """Whether they may take their seat in the end."""
        return self.settled.startswith("let in") or (self.verdict != "refuse" and not self.settled)

    @property
    def document_type(self) -> DocumentType:
        """How readers call the kind of document."""
        return SAMPLES[_SAMPLES[self.kind]].kind

    def card(self, pictures: Gallery) -> SimulatedCard:
        """Return the document to lay on a reader."""
        sample = SAMPLES[_SAMPLES[self.kind]]
        items = {
            **sample.items,
            "name": self.on_card or self.name,
            "number": self.number,
            "birth": BIRTH,
            "valid_to": self.valid_to,
            "valid_from": "20100301",
        }
        if self.kind == "foreign_2017":
            # They are on the roster by the name in Latin letters.
            items |= {"name": sample.items["name"], "english_name": "EXAMPLE, JOHN EDWARD"}
        owner: Who = "first"
        return SimulatedCard(
            encode_text(sample.kind, items), pictures.chip(owner) if self.chip else bytes(1024)
        )


def resident(number: int) -> str:
    """Return the ID number of a resident."""
    body = f"140105{BIRTH}{number:03d}"
    return body + gb_check(body)


def permit(area: Literal[81, 82, 83], number: int) -> str:
    """Return the number of a permit of somebody of Hong Kong, Macau or Taiwan."""
    body = f"{area}0000{BIRTH}{number:03d}"
    return body + gb_check(body)


def foreign_2017(number: int) -> str:
    """Return the number of a foreigner's card of 2017."""
    body = f"GBR3100{BIRTH[2:]}{number}"
    return body + foreign_2017_check(body)


def foreign_2023(number: int) -> str:
    """Return the number of a foreigner's card of 2023."""
    body = f"931826{BIRTH}{number:03d}"
    return body + gb_check(body)


NO_MATCHES = ("face.card_no_match", "face.registration_no_match")
TWO_SEEN = ("face.card_not_compared", "face.registration_not_compared")

APPLICANTS: tuple[Applicant, ...] = (
    Applicant("李晓萌", resident(101), "desk", "card"),
    Applicant("王建国", resident(102), "terminal", "hand"),
    Applicant("张雅琴", resident(103), "desk", "code", valid_to="长期"),
    Applicant("赵立新", resident(104), "terminal", "card"),
    Applicant("陈家豪", permit(81, 105), "desk", "card", "permit"),
    Applicant("何嘉敏", permit(82, 106), "terminal", "code", "permit"),
    Applicant("EXAMPLE JOHN EDWARD", foreign_2017(7), "desk", "card", "foreign_2017"),
    Applicant("费思安", foreign_2023(108), "terminal", "card", "foreign_2023"),
    Applicant("艾琳娜", foreign_2023(109), "desk", "hand", "foreign_2023"),
    Applicant("JOHN EDWARD EXAMPLE", foreign_2017(8), "terminal", "code", "foreign_2017"),
    Applicant(
        "赵一凡",
        resident(111),
        "desk",
        "card",
        valid_to=GONE,
        verdict="refuse",
        rules=("document.expired",),
        settled="let in by two",
    ),
    Applicant(
        "钱多福",
        resident(112),
        "terminal",
        "code",
        valid_to=GONE,
        verdict="refuse",
        rules=("document.expired",),
    ),
    Applicant("孙志强", resident(113), "desk", "card", live="second", verdict="refuse", rules=NO_MATCHES),
    Applicant("周文静", resident(114), "terminal", "code", live="second", verdict="refuse", rules=NO_MATCHES),
    Applicant(
        "吴海燕",
        resident(115),
        "desk",
        "code",
        photo=False,
        verdict="ask",
        rules=("roster.no_photo",),
        settled="let in",
    ),
    Applicant(
        "郑小龙",
        resident(116),
        "terminal",
        "code",
        photo=False,
        verdict="ask",
        rules=("roster.no_photo",),
        then="first",
        desk_rules=("roster.no_photo",),
        settled="let in",
    ),
    Applicant(
        "冯春梅",
        resident(117),
        "desk",
        "card",
        chip=False,
        verdict="ask",
        rules=("card.no_photo",),
        settled="let in",
    ),
    Applicant(
        "陈国栋",
        resident(118),
        "terminal",
        "code",
        live="two",
        verdict="ask",
        rules=TWO_SEEN,
        then="first",
        desk_rules=("identity.verified",),
    ),
    Applicant(
        "褚玉兰",
        resident(119),
        "desk",
        "code",
        on_card="褚玉蓝",
        verdict="ask",
        rules=("name.differs",),
        settled="refused",
    ),
    Applicant("林雅婷", permit(83, 120), "terminal", "code", "permit"),
    Applicant("刘\U0002b02c", resident(121), "desk", "card"),
    Applicant("卫子平", resident(122), "terminal", "code"),
    Applicant("阿卜杜热伊木·艾则孜", resident(123), "desk", "code"),
    Applicant("蒋红霞", resident(124), "terminal", "code"),
    Applicant("沈建华", resident(125), "desk", "code"),
    Applicant("韩雪", resident(126), "terminal", "hand"),
    Applicant("杨帆", resident(127), "desk", "code"),
    Applicant("朱明亮", resident(128), "terminal", "code"),
    Applicant("秦海", permit(81, 129), "desk", "code", "permit"),
    Applicant(
        "许外人", resident(130), "desk", "card", listed=False, verdict="refuse", rules=("roster.unknown",)
    ),
)


def ticket_of(number: int) -> str:
    """Return the admission ticket of the candidate of a number from 1."""
    return f"260001{number:06d}"


def arranged(applicants: Sequence[Applicant], pictures: Gallery) -> Arranged:
    """Return the roster: whoever is listed has ticket and seat by the order here."""
    photo = pictures.registration("first")
    sha256 = hashlib.sha256(photo).hexdigest()
    people = tuple(
        ArrangedCandidate(
            ticket=ticket_of(number),
            id_number=one.number,
            name=one.name,
            sex=sex_in(one.number) or "M",
            room=ROOM,
            seat=number,
            photo=sha256 if one.photo else None,
        )
        for number, one in enumerate(applicants, 1)
        if one.listed
    )
    return Arranged(people, {sha256: photo})
