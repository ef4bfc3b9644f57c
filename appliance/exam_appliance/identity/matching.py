"""Whether a document is a candidate's: numbers by the layout of each kind of document, names by form. Pure.

Layouts: GB 11643 for residents, permits (81, 82, 83) and foreigners' cards of 2023 (9, with the country's
three digits at 4 to 6); cards of 2017 have three letters of the country, 12 digits, birth at 8 to 13.
"""

from __future__ import annotations

import re
import unicodedata

from central_sync.protocol.roster import InvalidIdNumber, identity_number
from exam_appliance.identity.facts import DocumentKind, RosterFacts

_PERMIT_AREAS = ("810000", "820000", "830000")
_NAME_SIGNS = re.compile(r"[\s·•・‧.,'’\-]+")


def plain_number(number: str) -> str:
    """Return a number as it is compared: half width, without spaces, upper case."""
    return unicodedata.normalize("NFKC", number).replace(" ", "").upper()


def number_holds(number: str) -> bool:
    """Return whether a number has its form and, where it has one, its check digit."""
    try:
        identity_number(number)
    except InvalidIdNumber:
        return False
    return True


def kind_of(number: str) -> DocumentKind | None:
    """Return the kind of document whose layout a number has, None where it has none."""
    plain = plain_number(number)
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", plain):
        return DocumentKind.FOREIGN_2017
    if not re.fullmatch(r"[0-9]{17}[0-9X]", plain):
        return None
    if plain[0] == "9":
        return DocumentKind.FOREIGN_2023
    return DocumentKind.PERMIT if plain[:6] in _PERMIT_AREAS else DocumentKind.RESIDENT


def kinds_agree(told: DocumentKind | None, number: str) -> bool:
    """Return whether a document of this kind can carry this number; an untold kind agrees with any."""
    return told is None or kind_of(number) is told


def same_number(document: str, roster: str) -> bool:
    """Return whether two numbers are the same one, however they were written."""
    return plain_number(document) == plain_number(roster)


def newer_card_of(number: str, name: str, english_name: str, roster: RosterFacts) -> bool:
    """Return whether a foreigner registered with a number of 2017 may be here with a card of 2023.

    The new number cannot be worked out from the old one: birth date and name agreeing is a hint for a
    person, never a match.
    """
    new, old = plain_number(number), plain_number(roster.number)
    if kind_of(new) is not DocumentKind.FOREIGN_2023 or kind_of(old) is not DocumentKind.FOREIGN_2017:
        return False
    return new[8:14] == old[7:13] and same_name(name, english_name, roster.name)


def same_name(name: str, english_name: str, roster: str) -> bool:
    """Return whether one of a document's names is the roster's: dots, spaces, case and word order aside."""
    wanted = _forms(roster)
    return bool(wanted & (_forms(name) | _forms(english_name)))


def _forms(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKC", name).casefold()
    words = [word for word in _NAME_SIGNS.split(plain) if word]
    if not words:
        return frozenset()
    forms = {"".join(words)}
    if all(word.isascii() for word in words):
        # Latin names stand as family and given names, in either order.
        forms.add("".join(sorted(words)))
    return frozenset(forms)
