"""Options of smart-card readers: what a catalogue entry or a technician may set."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from firmware_adapters.adapter import Options
from firmware_adapters.smart_card.script import Name, Script

Seconds = Annotated[float, Field(gt=0, le=120)]


class ReaderOptions(Options):
    """Options of a PC/SC reader."""

    scripts: Annotated[dict[Name, Script], Field(max_length=64)] = Field(default_factory=dict)
    """Name -> commands that `run_script` sends."""
    on_insert: Name | None = None
    """Script that runs when a card comes; what it finds goes with `card.inserted`."""
    self_test_script: Name | None = None
    """Script that the self-test runs when there is a card."""
    raw_commands: bool = True
    """Whether the action `apdu` may send any command."""
    answers_within_s: Seconds = 10.0
    """For one command; cards that make keys take several seconds."""
    script_within_s: Seconds = 30.0

    @model_validator(mode="after")
    def _scripts_are_there(self) -> Self:
        for key in ("on_insert", "self_test_script"):
            name = getattr(self, key)
            if name is not None and name not in self.scripts:
                raise ValueError(f"{key}: scripts 中没有 {name} / there is no {name} among the scripts")
        return self
