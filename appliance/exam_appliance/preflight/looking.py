"""What the pre-flight checks look at: facts only, read from the state folder and the machine."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from central_sync.agent.state import Progress
from central_sync.protocol.canonical import canonical
from central_sync.protocol.documents import key_document_name
from central_sync.protocol.session import SessionDocument
from exam_appliance.accounts.store import AccountStore, StaffAccount
from exam_appliance.backup.report import BackupStanding, ReportFile, standing
from exam_appliance.devices.bindings import Bindings
from exam_appliance.devices.roles import Role
from exam_appliance.intake.documents import DocumentStore
from exam_appliance.journal.database import connect_to_read
from exam_appliance.practice.kept_rehearsal import KeptRehearsal, RehearsalFile
from exam_appliance.readiness.device_list import StoredRows
from exam_appliance.readiness.gathering import Place, site_about
from exam_appliance.readiness.sources import CentreLine, DeviceFacts, DeviceList, Missing


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as announced by the centre and held here. Moments are in UTC."""

    session: str
    title: str
    starts_at: datetime
    unlock_from: datetime
    candidates: int
    state: str
    """As the journal's rows say; `announced` before the package is here."""
    key: bool
    """The centre's key for its package is here."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How much of the journal the centre holds."""

    head: int
    acknowledged: int


@dataclass(frozen=True)
class Looked:
    """All that one pre-flight looks at."""

    place: Place
    now: datetime
    time_zone: str
    enrolled: bool
    sessions: tuple[SessionFacts, ...]
    """Those that are not over, by their start."""
    staff: tuple[StaffAccount, ...]
    rehearsal: KeptRehearsal | None
    copied: Copied
    backups: BackupStanding
    roles: tuple[Role, ...]
    """Of all stations of the site."""
    devices: tuple[DeviceFacts, ...] | Missing
    device_list: DeviceList
    centre: CentreLine
    exam_runs: bool

    def day(self) -> tuple[SessionFacts, ...]:
        """Return the sessions of the next exam day: today's that are to come or go on, else of the next."""
        zone = ZoneInfo(self.time_zone)
        days = [one.starts_at.astimezone(zone).date() for one in self.sessions]
        return tuple(one for one, day in zip(self.sessions, days, strict=True) if day == days[0])


OVER = ("ended", "signed_off", "cancelled")


def stored_sessions(place: Place, journal: Path, now: datetime) -> tuple[SessionFacts, ...]:
    """Return the sessions that can still be held, from the centre's documents and the journal's rows."""
    documents = DocumentStore(place.state_dir / "documents")
    with closing(connect_to_read(journal)) as reading:
        states = dict(reading.execute("SELECT session, state FROM session").fetchall())
    found = []
    for signed in documents.of_kind("session"):
        document = SessionDocument.model_validate_json(canonical(signed.body))
        plan = document.plan
        state = str(states.get(plan.session, "announced"))
        # One that was begun goes on whatever its plan says.
        late = plan.closes_at < now and state not in ("open", "running", "paused")
        if document.cancelled or state in OVER or late:
            continue
        name = "" if document.package is None else key_document_name(document.package, place.appliance)
        found.append(
            SessionFacts(
                plan.session,
                plan.title,
                plan.starts_at,
                plan.unlock_from,
                plan.candidates,
                state,
                documents.one("key", name) is not None,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.starts_at, one.session)))


def stored_staff(place: Place) -> tuple[StaffAccount, ...]:
    """Return the staff accounts in the accounts file; none without one."""
    path = place.state_dir / "accounts.db"
    if not path.is_file():
        return ()
    with closing(AccountStore(path)) as store:
        return tuple(stored.account for stored in store.accounts())


def stored_copy(place: Place, journal: Path) -> Copied:
    """Return how much of the journal the centre holds."""
    with closing(connect_to_read(journal)) as reading:
        head = int(reading.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0])
    try:
        held = Progress.model_validate_json((place.sync_folder / "progress.json").read_bytes())
    except (OSError, ValueError):
        held = Progress()
    return Copied(head, held.acknowledged)


def stored_roles(journal: Path) -> tuple[Role, ...]:
    """Return the roles of the site's stations."""
    bindings = Bindings()
    bindings.load(StoredRows(journal))
    return tuple(bindings.roles())


def looked_at(
    place: Place,
    journal: Path,
    now: datetime,
    devices: Sequence[DeviceFacts] | Missing,
    device_list: DeviceList,
    centre: CentreLine,
) -> Looked:
    """Return what the checks look at; waits for the disk: call it on a thread."""
    sessions = stored_sessions(place, journal, now)
    return Looked(
        place=place,
        now=now,
        time_zone=site_about(place).time_zone,
        enrolled=(place.sync_folder / "bond.json").is_file(),
        sessions=sessions,
        staff=stored_staff(place),
        rehearsal=RehearsalFile(place.state_dir).read(),
        copied=stored_copy(place, journal),
        backups=standing(place.settings.backup, ReportFile(place.state_dir).read(), now),
        roles=stored_roles(journal),
        devices=devices if isinstance(devices, Missing) else tuple(devices),
        device_list=device_list,
        centre=centre,
        exam_runs=any(one.state in ("running", "paused") for one in sessions),
    )
