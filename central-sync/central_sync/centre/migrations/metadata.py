"""All tables of the centre together: importing this makes them known to `Base.metadata`."""

from __future__ import annotations

from central_sync.centre.database import Base
from central_sync.centre.exchange import tables as exchange_tables
from central_sync.centre.tables import (
    acts,
    arrangement,
    banks,
    jobs,
    ledger,
    packages,
    plans,
    readiness,
    rosters,
    sites,
    staff,
)

MODULES = (
    exchange_tables,
    staff,
    sites,
    banks,
    rosters,
    plans,
    arrangement,
    jobs,
    packages,
    ledger,
    acts,
    readiness,
)
METADATA = Base.metadata
