"""What a rehearsal counts and measures while it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field

from exam_appliance.web.console.models import RehearsalReport, SaveMs


@dataclass
class Measures:
    """Counts of one rehearsal; times in seconds of the monotonic clock."""

    candidates: int
    save_s: list[float] = field(default_factory=list)
    """Time from sending a response to holding its receipt, one for each save."""
    lost: int = 0
    errors: int = 0
    bell_at: float = 0.0
    last_paper_at: float = 0.0
    troubles: dict[str, int] = field(default_factory=dict)
    """How often each kind of error came, for people."""

    def error(self, what: str) -> None:
        """Count something that did not go as it should."""
        self.errors += 1
        self.troubles[what] = self.troubles.get(what, 0) + 1

    def report(self) -> RehearsalReport:
        """Return the report."""
        return RehearsalReport(
            candidates=self.candidates,
            saves=len(self.save_s),
            lost=self.lost,
            save_ms=SaveMs(
                p50=round(percentile(self.save_s, 50) * 1000), p99=round(percentile(self.save_s, 99) * 1000)
            ),
            start_bell_s=round(max(0.0, self.last_paper_at - self.bell_at), 3),
            errors=self.errors,
        )


def percentile(values: list[float], percent: int) -> float:
    """Return the smallest value that so many percent of the values do not exceed; 0 for no values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
