"""Loads the invented city into a centre the way an office would: files in, plans made, everybody arranged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from central_sync.centre.api.models import (
    BankRequest,
    RoomFacts,
    RosterRequest,
    ServerFacts,
    SiteRequest,
)
from central_sync.centre.api.plan_models import (
    BlueprintRequest,
    PlanRequest,
    ProposalRequest,
    SectionFacts,
    SlotRequest,
)
from central_sync.centre.files.bank_xlsx import (
    read_bank_xlsx,
    read_media_zip,
    write_bank_xlsx,
    write_media_zip,
)
from central_sync.centre.files.report import ImportReport
from central_sync.centre.files.roster_read import RosterCandidate, read_roster
from central_sync.centre.files.roster_write import write_photo_zip, write_roster_xlsx
from central_sync.samples.banks import sample_bank
from central_sync.samples.blueprints import sample_blueprint
from central_sync.samples.candidates import SampleCandidate, sample_candidates
from central_sync.samples.categories import SampleCategory
from central_sync.samples.city import SampleSite, sample_city
from central_sync.samples.portraits import sample_portrait

if TYPE_CHECKING:
    from central_sync.centre.app import Centre

Told = Callable[[str, str], None]
"""Told what is done now, in Chinese and English."""


class SamplesRefused(Exception):
    """The centre did not take its own sample files; the message holds the findings."""


@dataclass(frozen=True)
class OfficeFiles:
    """The files of one category, as an agency sends them in."""

    bank_xlsx: bytes
    media_zip: bytes
    roster_xlsx: bytes
    photos_zip: bytes

    def by_name(self, category: SampleCategory) -> dict[str, bytes]:
        """Return the files by the name to save them under."""
        return {
            f"题库-{category.value}.xlsx": self.bank_xlsx,
            f"题库-{category.value}-媒体.zip": self.media_zip,
            f"名册-{category.value}.xlsx": self.roster_xlsx,
            f"名册-{category.value}-照片.zip": self.photos_zip,
        }


def office_files(category: SampleCategory) -> OfficeFiles:
    """Return the bank and the roster of a category as files."""
    bank, media = sample_bank(category)
    people = sample_candidates(category=category)
    return OfficeFiles(
        bank_xlsx=write_bank_xlsx(bank.items),
        media_zip=write_media_zip(bank.items, media),
        roster_xlsx=write_roster_xlsx([_on_roster(person) for person in people]),
        photos_zip=write_photo_zip({person.id_number: sample_portrait(person) for person in people}),
    )


def load_samples(centre: Centre, starts_at: datetime, by: str, told: Told) -> list[str]:
    """Fill a centre with the sample city and return the sessions that start at `starts_at`.

    Low-voltage candidates go to the first site, chemicals to the second. Runs for seconds; belongs on
    a thread. Raises SamplesRefused, Problem (such as bank.exists when the samples are there already).
    """
    sites = sample_city().sites
    told("登记考点", "registering the sites")
    with centre.database.begin() as session:
        for site in sites:
            centre.sites.put(session, site.code, _site(site))
    exams = []
    for category, site in zip(SampleCategory, sites, strict=True):
        told(f"导入题库和名册：{category.value}", f"importing bank and roster: {category.slug}")
        files = office_files(category)
        plan = _plan(centre, category, files, starts_at, by)
        roster = _roster(centre, category, files, by)
        told(f"编排考生：{site.name}", f"arranging candidates: {site.code}")
        with centre.database.begin() as session:
            proposal = centre.arrangement.propose(
                session,
                ProposalRequest(
                    plan=plan, rosters=(roster,), slots=(SlotRequest(site=site.code, starts_at=starts_at),)
                ),
                by,
            )
            made = centre.arrangement.confirm(session, proposal.proposal, by)
        exams += [exam.session for exam in made.sessions]
    return exams


def _site(site: SampleSite) -> SiteRequest:
    same = ("name", "province", "city", "county", "address", "credit_code", "founded", "site_type")
    return SiteRequest(
        **{name: getattr(site, name) for name in (*same, "person_in_charge", "phone")},
        servers=tuple(ServerFacts.model_validate(server.model_dump()) for server in site.servers),
        rooms=tuple(
            RoomFacts(name=room.name, capacity=room.capacity, server=room.server) for room in site.rooms
        ),
    )


def _plan(centre: Centre, category: SampleCategory, files: OfficeFiles, starts_at: datetime, by: str) -> str:
    media, report = read_media_zip(files.media_zip)
    draft = None
    if media is not None:
        draft, report = read_bank_xlsx(files.bank_xlsx, media)
    if draft is None:
        raise SamplesRefused(_told(report))
    blueprint = sample_blueprint(category)
    with centre.database.begin() as session:
        bank = centre.banks.create(
            session, BankRequest(name=f"{category.value}题库", category=category.value)
        ).bank
        centre.banks.take(session, bank, draft, "replace", by=by, source=f"题库-{category.value}.xlsx")
        made = centre.blueprints.create(
            session,
            BlueprintRequest(
                name=f"{category.value}试卷",
                bank=bank,
                sections=tuple(
                    SectionFacts.model_validate(section.model_dump()) for section in blueprint.sections
                ),
            ),
        )
        return centre.plans.create(
            session,
            PlanRequest(
                name=f"{category.value}（初训）",
                category=category.value,
                blueprint=made.blueprint,
                window_from=starts_at - timedelta(days=1),
                window_until=starts_at + timedelta(days=14),
            ),
        ).plan


def _roster(centre: Centre, category: SampleCategory, files: OfficeFiles, by: str) -> str:
    draft, report = read_roster(files.roster_xlsx, files.photos_zip)
    if draft is None:
        raise SamplesRefused(_told(report))
    with centre.database.begin() as session:
        asked = RosterRequest(name=f"{category.value}样例名册", category=category.value)
        roster = centre.rosters.create(session, asked, by).roster
        centre.rosters.take(session, roster, draft)
    return roster


def _on_roster(person: SampleCandidate) -> RosterCandidate:
    return RosterCandidate(
        person.name,
        person.sex,
        person.id_number,
        person.employer,
        "",
        person.extra_minutes,
        person.resit,
        None,
        person.remark,
    )


def _told(report: ImportReport) -> str:
    return "\n".join(f"{finding.zh} / {finding.en}" for finding in report.errors)
