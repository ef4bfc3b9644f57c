"""The two exam categories of the sample data."""

from __future__ import annotations

from enum import StrEnum


class SampleCategory(StrEnum):
    """A category (作业类别 / 人员类别) that the samples hold a bank, a blueprint and candidates for."""

    LOW_VOLTAGE = "低压电工作业"
    CHEMICALS = "危险化学品安全"

    @property
    def slug(self) -> str:
        """Name for files: low-voltage, chemicals."""
        return self.name.lower().replace("_", "-")
