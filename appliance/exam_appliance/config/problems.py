"""What is wrong with a configuration: file, line, key, and what is allowed there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ConfigProblem:
    """One fault. `line` is 1-based, None without a file; `key` is a dotted path, empty for the whole."""

    source: str
    line: int | None
    key: str
    zh: str
    en: str

    def place(self) -> str:
        """Return where the fault is, as an editor takes it: file:line."""
        return self.source if self.line is None else f"{self.source}:{self.line}"

    def __str__(self) -> str:
        key = f" {self.key}" if self.key else ""
        return f"{self.place()}{key}: {self.zh} / {self.en}"

    def document(self) -> dict[str, object]:
        """Return the fault as a JSON object."""
        return {"source": self.source, "line": self.line, "key": self.key, "zh": self.zh, "en": self.en}


class ConfigError(Exception):
    """A configuration cannot be used; `problems` names every fault that was found."""

    def __init__(self, problems: tuple[ConfigProblem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
