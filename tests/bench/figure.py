"""A measured figure: one JSON line."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson


@dataclass(frozen=True)
class Figure:
    """A value beside its bound. `ratio` says how near it comes: 1 is as good as the bound."""

    bench: str
    value: float
    unit: str
    bound: str
    """What the bound is."""
    bound_value: float
    ratio: float
    needed: float
    """The least ratio that will do."""
    more: dict[str, float | int | str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    """What must not be, whatever the ratio."""

    @property
    def holds(self) -> bool:
        """True when the figure is as good as it must be."""
        return self.ratio >= self.needed and not self.faults

    def line(self) -> str:
        """Return the figure as JSON."""
        value = {
            "bench": self.bench,
            "value": round(self.value, 3),
            "unit": self.unit,
            "bound": self.bound,
            "bound_value": round(self.bound_value, 3),
            "ratio": round(self.ratio, 3),
            "needed": self.needed,
            **self.more,
        }
        if self.faults:
            value["faults"] = list(self.faults)
        return orjson.dumps(value).decode()
