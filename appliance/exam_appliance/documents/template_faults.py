"""What is wrong with the province's templates, as far as printing has met it."""

from __future__ import annotations

import logging
from pathlib import Path

from exam_appliance.documents.template_folder import Broken

log = logging.getLogger(__name__)


class TemplateFaults:
    """Broken templates by file, until they are mended or gone."""

    def __init__(self) -> None:
        self._broken: dict[str, Broken] = {}

    def all(self) -> list[Broken]:
        """Return what is wrong, by file."""
        return [self._broken[file] for file in sorted(self._broken)]

    def note(self, template: Path, met: tuple[Broken, ...]) -> None:
        """Take what one document made from a template of the province has met."""
        if not met:
            self._broken.pop(str(template), None)
        for broken in met:
            if self._broken.get(broken.file) != broken:
                log.warning("模板有误，已改用内置模板 / a template is broken: %s", broken)
            self._broken[broken.file] = broken
        for file in [file for file in self._broken if not Path(file).exists()]:
            del self._broken[file]
