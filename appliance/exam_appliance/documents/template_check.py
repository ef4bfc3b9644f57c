"""Looks a province's templates over before an exam day: each is filled with samples and made into a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from central_sync.protocol.http.problems import Problem
from exam_appliance.documents.kinds import DOCUMENTS, Document, DocumentKind
from exam_appliance.documents.renderer import Progress, Renderer
from exam_appliance.documents.rendering import ROLL, Order
from exam_appliance.documents.samples import sample_document
from exam_appliance.documents.template_folder import SHIPPED, Broken, TemplateFolder

MUST_SHOW: dict[DocumentKind, tuple[str, ...]] = {
    DocumentKind.ADMISSION_TICKET: ("name", "ticket", "id_number", "room", "seat"),
    DocumentKind.QUEUE_SLIP: ("number",),
    DocumentKind.SEAT_SLIP: ("room", "seat", "ticket"),
    DocumentKind.SIGN_IN_SHEET: ("room",),
    DocumentKind.ROOM_LIST: ("room",),
    DocumentKind.ROOM_RECORD: ("room", "arranged", "present"),
    DocumentKind.SCORE_REPORT: ("name", "ticket", "points"),
}
"""Fields without which a document is of no use."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one file."""

    file: str
    used: bool
    """Whether documents are made from it: false for names that no document asks for."""
    broken: tuple[Broken, ...] = ()
    missing: tuple[str, ...] = ()
    """Fields that it does not show."""

    @property
    def good(self) -> bool:
        """Whether it can be used as it is."""
        return not self.broken


async def check_templates(folder: Path, progress: Progress = lambda done, of: None) -> list[Checked]:
    """Return what is right and wrong with the files of a folder. Raises Problem `document.failed`."""
    names = TemplateFolder(folder).own()
    shipped = {path.name for path in SHIPPED.iterdir()}
    documents = list(DOCUMENTS.values())
    shared = [name for name in names if name in shipped and not name.endswith(".html")]
    # A shared style sheet is looked at through every document that takes it in.
    wanted = [one for one in documents if one.template in names or shared]
    renderer = Renderer()
    results: dict[str, Checked] = {}
    try:
        for number, document in enumerate(wanted, 1):
            broken = await _broken(renderer, folder, document)
            own = document.template in names
            if own:
                missing = () if broken else _missing(folder, document)
                results[document.template] = Checked(document.template, True, broken, missing)
            for name in shared:
                before = results.get(name, Checked(name, True))
                of_it = tuple(one for one in broken if one.file.endswith(f"/{name}"))
                results[name] = Checked(name, True, tuple(dict.fromkeys((*before.broken, *of_it))))
            progress(number, len(wanted))
    finally:
        await renderer.close()
    for name in names:
        results.setdefault(name, Checked(name, name in shipped))
    return [results[name] for name in sorted(results)]


async def _broken(renderer: Renderer, folder: Path, document: Document) -> tuple[Broken, ...]:
    facts = sample_document(document.kind).model_dump(mode="json")
    paper = ROLL if document.slip else ""
    try:
        made = await renderer.made(Order(document.template, [facts], overrides=str(folder), paper=paper))
    except Problem as problem:
        return (Broken(str(folder / document.template), 0, problem.zh, problem.en),)
    return made.broken


def _missing(folder: Path, document: Document) -> tuple[str, ...]:
    facts = sample_document(document.kind).model_dump(mode="json")
    shown = re.sub(r"<style.*?</style>|<[^>]+>|\s", "", _filled(folder, document, facts), flags=re.DOTALL)
    return tuple(
        field for field in MUST_SHOW[document.kind] if re.sub(r"\s", "", str(facts[field])) not in shown
    )


def _filled(folder: Path, document: Document, facts: dict[str, Any]) -> str:
    return TemplateFolder(folder).fill(document.template, facts)


def worst(results: Sequence[Checked]) -> bool:
    """Tell whether any file is broken."""
    return any(not one.good for one in results)
