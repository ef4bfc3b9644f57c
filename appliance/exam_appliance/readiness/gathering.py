"""Gathers what the checks look at, from the machine, the state folder, the devices and the centre."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from central_sync.agent.line_check import bond_of
from central_sync.protocol.canonical import canonical
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.session import SiteDocument
from exam_appliance.config import Settings
from exam_appliance.intake.documents import DocumentStore
from exam_appliance.journal.database import connect_to_read
from exam_appliance.readiness.declarations import Declaration
from exam_appliance.readiness.finding import Finding
from exam_appliance.readiness.heard.machines import heard_machines
from exam_appliance.readiness.machine.chassis import chassis
from exam_appliance.readiness.machine.commands import Ask, ask
from exam_appliance.readiness.report import About, ReadinessReport, composed
from exam_appliance.readiness.sources import (
    ROOT,
    CentreLine,
    DeviceList,
    QueueFacts,
    ServiceFacts,
    SiteRoom,
    Sources,
    TerminalsFacts,
)
from exam_appliance.readiness.standard import standard
from exam_appliance.readiness.unit_form import UnitForm, UnitFormFile

FOLDER = "readiness"
"""Below the state folder: machines.db, unit.json, report.json, evidence/."""


@dataclass(frozen=True)
class Place:
    """A site server: its settings and state folder, and the machine it runs on."""

    settings: Settings
    appliance: str
    software: str
    root: Path = ROOT
    ask: Ask = ask
    architecture: str = os.uname().machine

    @property
    def state_dir(self) -> Path:
        """The state folder."""
        return self.settings.state_dir

    @property
    def folder(self) -> Path:
        """Where readiness keeps its files."""
        return self.state_dir / FOLDER

    @property
    def sync_folder(self) -> Path:
        """The sync agent's folder."""
        return self.state_dir / "sync"


@dataclass(frozen=True, slots=True)
class SiteAbout:
    """Who the site is: its own settings first, then the centre's document."""

    code: str
    name: str
    time_zone: str
    rooms: tuple[SiteRoom, ...]


@dataclass(frozen=True, slots=True)
class Services:
    """Services of the site that may be there."""

    face: ServiceFacts | None = None
    queue: QueueFacts | None = None
    terminals: TerminalsFacts | None = None


def site_about(place: Place) -> SiteAbout:
    """Return who the site is, as settings and the centre's stored document say."""
    own = place.settings.site
    held = DocumentStore(place.state_dir / "documents").of_kind("site")
    document = SiteDocument.model_validate_json(canonical(held[-1].body)) if held else None
    rooms = () if document is None else document.rooms
    return SiteAbout(
        code=own.code or ("" if document is None else document.code),
        name=own.name or ("未登记考点" if document is None else document.name),
        time_zone=own.time_zone if document is None else document.time_zone,
        rooms=tuple(SiteRoom(room.name, room.capacity, room.server) for room in rooms),
    )


def unit_form(place: Place) -> UnitForm:
    """Return what was filled in of form 4; an unreadable file counts as empty here."""
    try:
        return UnitFormFile(place.folder / "unit.json").read()
    except Problem:
        return UnitForm()


def exam_runs(journal: Path) -> bool:
    """Tell whether a session runs or pauses, as the journal file's rows say."""
    try:
        with closing(connect_to_read(journal)) as reading:
            found = reading.execute(
                "SELECT count(*) FROM session WHERE state IN ('running', 'paused')"
            ).fetchone()
    except sqlite3.Error:
        return False
    return bool(found[0])


async def gathered(
    place: Place, now: datetime, devices: DeviceList, centre: CentreLine, services: Services
) -> Sources:
    """Return what the checks look at."""
    site = await asyncio.to_thread(site_about, place)
    form = await asyncio.to_thread(unit_form, place)
    machines = await asyncio.to_thread(heard_machines, place.folder / "machines.db", now)
    return Sources(
        root=place.root,
        architecture=place.architecture,
        state_dir=place.state_dir,
        software=place.software,
        now=now,
        ask=place.ask,
        enrolled=bond_of(place.sync_folder) is not None,
        rooms=site.rooms,
        line_kind=form.line_kind,
        machines=machines,
        devices=await devices.devices(),
        centre=centre,
        face=services.face,
        queue=services.queue,
        terminals=services.terminals,
    )


async def reported(
    place: Place,
    now: datetime,
    findings: Mapping[str, Finding],
    declarations: Mapping[str, Declaration],
    by: str,
    names: Mapping[str, str],
) -> ReadinessReport:
    """Return the report of what was found; `names` are people's names by user name."""
    site = await asyncio.to_thread(site_about, place)
    about = About(
        at=now,
        by=by,
        by_name=names.get(by, by),
        site_code=site.code,
        site_name=site.name,
        time_zone=site.time_zone,
        appliance=place.appliance,
        software=place.software,
        machine=chassis(place.root).named,
    )
    return composed(standard(), about, findings, declarations, names)
