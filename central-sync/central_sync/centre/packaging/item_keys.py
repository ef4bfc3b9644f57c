"""The right choices of a package's items, by which the centre marks responses anew."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from central_sync.centre.tables.banks import BankItemRow
from central_sync.centre.tables.packages import PackageRow

KEPT = 32
"""Bank versions whose keys are kept in memory: sessions of one plan share theirs."""


class PackageKeys:
    """Keys by item: a version of a bank never changes, so each is read once. Safe from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[tuple[str, int], Mapping[str, str]] = {}

    def of(self, session: Session, package: PackageRow) -> Mapping[str, str]:
        """Return the choices that are right, such as AC, of every item of the package's bank."""
        place = (package.bank, package.bank_version)
        with self._lock:
            held = self._held.get(place)
        if held is None:
            held = _read(session, *place)
            with self._lock:
                while len(self._held) >= KEPT:
                    self._held.pop(next(iter(self._held)))
                self._held[place] = held
        return held


def _read(session: Session, bank: str, version: int) -> Mapping[str, str]:
    rows = session.execute(
        select(BankItemRow.item, BankItemRow.body).where(
            BankItemRow.bank == bank,
            BankItemRow.from_version <= version,
            or_(BankItemRow.until_version.is_(None), BankItemRow.until_version > version),
        )
    )
    return {item: "".join(sorted(orjson.loads(body)["key"])) for item, body in rows}
