"""Invented candidates (考生) with valid ID numbers: as many as a demonstration or a rehearsal asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from stdnum.cn import ric

from central_sync.protocol.roster import identity_number
from central_sync.samples.categories import SampleCategory
from central_sync.samples.draws import Draws
from central_sync.samples.names import (
    EMPLOYERS_CHEMICALS,
    EMPLOYERS_LOW_VOLTAGE,
    MEN_FIRST,
    MEN_LAST,
    SURNAMES,
    WOMEN_FIRST,
    WOMEN_LAST,
)

DEFAULT_COUNT = 60
MOST = 20_000
"""The most candidates that one seed gives."""

# GB/T 2260 codes of "市辖区", the districts of a city taken together: real codes that pass every check,
# while people are registered under the single districts, so that a sample number names nobody.
_AREAS = ("140101", "140201", "140301", "140401", "140501", "140601", "130201", "410301", "370401", "610201")
_BORN_FIRST = date(1970, 1, 1)
_BORN_LAST = date(2004, 12, 31)
_WOMEN_PERCENT = {SampleCategory.LOW_VOLTAGE: 20, SampleCategory.CHEMICALS: 45}


@dataclass(frozen=True, slots=True)
class SampleCandidate:
    """An invented candidate, as a roster lists them."""

    number: int
    """1-based place among the candidates of the seed."""
    category: SampleCategory
    name: str
    sex: str
    """M or F, as the 17th digit of the ID number says."""
    id_number: str
    """18 characters, GB 11643."""
    employer: str
    extra_minutes: int = 0
    resit: int = 0
    remark: str = ""

    @property
    def born(self) -> date:
        """Date of birth in the ID number."""
        return date.fromisoformat(self.id_number[6:14])


def sample_candidates(
    count: int = DEFAULT_COUNT, seed: str = "kaodian", category: SampleCategory | str | None = None
) -> tuple[SampleCandidate, ...]:
    """Return the first `count` candidates of a seed, with names and ID numbers that never repeat.

    A longer list begins with the shorter one. Two of three candidates are for low-voltage work, the
    third for hazardous chemicals; `category` keeps only one kind of the `count`, and so gives fewer.
    Raises ValueError when `count` is negative or above MOST.
    """
    if not 0 <= count <= MOST:
        raise ValueError(f"考生数应为 0 到 {MOST}，现为 {count} / 0 to {MOST} candidates, not {count}")
    wanted = None if category is None else SampleCategory(category)
    names: set[str] = set()
    numbers: set[str] = set()
    candidates = []
    for number in range(1, count + 1):
        candidate = _candidate(number, seed, names, numbers)
        names.add(candidate.name)
        numbers.add(candidate.id_number)
        if wanted is None or candidate.category is wanted:
            candidates.append(candidate)
    return tuple(candidates)


def _candidate(number: int, seed: str, names: set[str], numbers: set[str]) -> SampleCandidate:
    draws = Draws("candidate", seed, number)
    category = SampleCategory.CHEMICALS if number % 3 == 0 else SampleCategory.LOW_VOLTAGE
    sex = "F" if draws.chance(_WOMEN_PERCENT[category]) else "M"
    name = _name(draws, sex)
    while name in names:
        name = _name(draws, sex)
    id_number = _id_number(draws, sex)
    while id_number in numbers:
        id_number = _id_number(draws, sex)
    employers = EMPLOYERS_CHEMICALS if category is SampleCategory.CHEMICALS else EMPLOYERS_LOW_VOLTAGE
    granted = number % 29 == 0
    return SampleCandidate(
        number=number,
        category=category,
        name=name,
        sex=sex,
        id_number=id_number,
        employer=draws.one_of(employers),
        extra_minutes=30 if granted else 0,
        resit=1 if number % 14 == 0 else 0,
        remark="右手受伤，批准加时 30 分钟" if granted else "",
    )


def _name(draws: Draws, sex: str) -> str:
    first, last = (MEN_FIRST, MEN_LAST) if sex == "M" else (WOMEN_FIRST, WOMEN_LAST)
    given = draws.one_of(first) + draws.one_of(last)
    while given[0] == given[1]:
        given = draws.one_of(first) + draws.one_of(last)
    return draws.one_of(SURNAMES) + given


def _id_number(draws: Draws, sex: str) -> str:
    born = _BORN_FIRST + timedelta(days=draws.below((_BORN_LAST - _BORN_FIRST).days + 1))
    order = 2 * draws.below(499) + (1 if sex == "M" else 2)
    digits = f"{draws.one_of(_AREAS)}{born:%Y%m%d}{order:03d}"
    return identity_number(digits + str(ric.calc_check_digit(digits + "0")))
