"""What the roles make of a site file, without Ansible: their tasks with the tag `site`.

A server that was flashed has to become a site in seconds. Its roles are the same that `make provision`
plays; of the tasks that speak of the site only few modules are used, and each is done here in one way. A
task that asks for more is refused, so that nobody adds one that a flashed server would silently leave out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import ChainableUndefined, Environment, FileSystemLoader, StrictUndefined
from jinja2.meta import find_undeclared_variables

from firmware_adapters.catalogue.site_rules import site_rules

ROLES = Path(__file__).resolve().parents[1] / "roles"
TAG = "site"
_BUILTIN = "ansible.builtin."
_AROUND = frozenset(
    [
        "name",
        "tags",
        "when",
        "loop",
        "loop_control",
        "notify",
        "ignore_errors",
        "register",
        "changed_when",
        "failed_when",
        "check_mode",
        "vars",
    ]
)
"""What may stand in a task beside its module."""


class TaskNotUnderstood(Exception):
    """A task with the tag `site` asks for what is not done here; the text names it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `text` is a file's, `target` a link's; `unit` is to be enabled."""

    path: str = ""
    text: str | None = None
    target: str | None = None
    folder: bool = False
    mode: int = 0o644
    owner: str = "root"
    group: str = "root"
    unit: str = ""


def site_steps(
    values: Mapping[str, Any], roles: Path = ROLES, settings: Mapping[str, Any] | None = None
) -> list[Step]:
    """Return what the roles do for the values of `plan`, in their order. Raises TaskNotUnderstood.

    `settings` are the site server's beyond the site file, which win: the playbook's `appliance_settings`.
    """
    play = yaml.safe_load((roles.parent / "site.yml").read_text(encoding="utf-8"))[0]
    steps: list[Step] = []
    for entry in play["roles"]:
        given = {name: value for name, value in entry.items() if name not in ("role", "tags")}
        outer = {"kaodian": values, **play["vars"], "site_live": False, "ansible_check_mode": False}
        if settings is not None:
            outer["appliance_settings"] = settings
        role = _Role(roles / entry["role"], {**outer, **given})
        steps += role.steps("main.yml", tagged=False)
    return steps


class _Role:
    def __init__(self, folder: Path, outer: Mapping[str, Any]) -> None:
        self._folder = folder
        self._words = Environment(
            undefined=ChainableUndefined,
            autoescape=False,  # noqa: S701 - configuration files, no HTML
        )
        # The settings of Ansible's template module, so that both write the same bytes.
        self._files = Environment(
            loader=FileSystemLoader(folder / "templates"),
            undefined=StrictUndefined,
            trim_blocks=True,
            autoescape=False,  # noqa: S701 - configuration files, no HTML
        )
        for environment in (self._words, self._files):
            environment.filters.update(_FILTERS)
        known: dict[str, Any] = {}
        for name in ("defaults", "vars"):
            file = folder / name / "main.yml"
            if file.is_file():
                known |= yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        self._known = self._filled({**known, **outer})

    def steps(self, name: str, *, tagged: bool) -> list[Step]:
        tasks = yaml.safe_load((self._folder / "tasks" / name).read_text(encoding="utf-8"))
        found: list[Step] = []
        for task in tasks:
            if tagged or TAG in _listed(task.get("tags")):
                found += self._task(task)
        return found

    def _task(self, task: dict[str, Any]) -> Iterator[Step]:
        modules = [key for key in task if key not in _AROUND]
        if len(modules) != 1 or not modules[0].startswith(_BUILTIN):
            raise self._refused(task)
        module, arguments = modules[0].removeprefix(_BUILTIN), task[modules[0]]
        if module == "find" or (module == "command" and task.get("changed_when") is False):
            # They look at what is there: over a system as it was shipped, there is nothing of a site.
            return
        items = self._value(task["loop"], self._known) if "loop" in task else [None]
        for item in [] if items is None else items:
            known = {**self._known, "item": item, "network_found": {"files": []}}
            if not all(self._true(condition, known) for condition in _listed(task.get("when", []))):
                continue
            if module == "include_tasks":
                name = arguments["file"] if isinstance(arguments, dict) else arguments
                yield from self.steps(name, tagged=True)
                continue
            if not isinstance(arguments, dict):
                raise self._refused(task)
            known |= {key: self._value(value, known) for key, value in task.get("vars", {}).items()}
            told = {key: self._value(value, known) for key, value in arguments.items()}
            step = self._step(module, told, known)
            if step is None:
                raise self._refused(task)
            if step != Step():
                yield step

    def _step(self, module: str, told: dict[str, Any], known: dict[str, Any]) -> Step | None:
        """Return what a module does, `Step()` where that is nothing, None for what is not understood."""
        mode, owner = int(str(told.get("mode", "0644")), 8), told.get("owner", "root")
        group = told.get("group", "root")
        if module == "template":
            template = self._folder / "templates" / told["src"]
            text = self._files.get_template(told["src"]).render(known)
            text = _ended(text, template.read_text(encoding="utf-8"))
            return Step(told["dest"], text, mode=mode, owner=owner, group=group)
        if module == "copy" and "content" in told:
            return Step(told["dest"], str(told["content"]), mode=mode, owner=owner, group=group)
        if module == "file" and told.get("state") == "directory":
            return Step(told["path"], folder=True, mode=mode, owner=owner, group=group)
        if module == "file" and told.get("state") == "link":
            return Step(told["dest"], target=told["src"])
        if module == "file" and told.get("state") == "absent":
            return Step()
        if module == "systemd_service" and "enabled" in told:
            return Step(unit=told["name"]) if _true(told["enabled"]) else Step()
        return None

    def _filled(self, known: dict[str, Any]) -> dict[str, Any]:
        """Return the variables with their values, each after those that it speaks of."""
        filled: dict[str, Any] = {"kaodian": known["kaodian"]}

        def fill(name: str) -> None:
            if name in filled or name not in known:
                return
            filled[name] = known[name]
            for other in self._spoken_of(known[name]):
                fill(other)
            filled[name] = self._value(known[name], filled)

        for name in known:
            fill(name)
        return filled

    def _spoken_of(self, value: Any) -> set[str]:
        if isinstance(value, dict | list):
            inner = value.values() if isinstance(value, dict) else value
            return {name for one in inner for name in self._spoken_of(one)}
        return (
            find_undeclared_variables(self._words.parse(_escaped(value))) if isinstance(value, str) else set()
        )

    def _value(self, value: Any, known: Mapping[str, Any]) -> Any:
        if isinstance(value, dict):
            return {key: self._value(inner, known) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(inner, known) for inner in value]
        if not isinstance(value, str) or ("{{" not in value and "{%" not in value):
            return value
        if value.startswith("{{") and value.endswith("}}") and value.count("{{") == 1:
            # One expression keeps its kind; text with values in it stays text, whatever it looks like.
            return self._result(value[2:-2], known)
        return _ended(self._words.from_string(_escaped(value)).render(known), value)

    def _result(self, expression: str, known: Mapping[str, Any]) -> Any:
        return self._words.compile_expression(_escaped(expression), undefined_to_none=False)(**known)

    def _true(self, condition: Any, known: Mapping[str, Any]) -> bool:
        if isinstance(condition, bool):
            return condition
        return bool(self._result(str(condition), known))

    def _refused(self, task: dict[str, Any]) -> TaskNotUnderstood:
        name = f"{self._folder.name}: {task.get('name')}"
        return TaskNotUnderstood(
            f"镜像无法执行带 site 标签的任务 {name} / an image cannot do this task with the tag site: {name}"
        )


def _escaped(words: str) -> str:
    r"""Return words for Jinja: in values, unlike in templates, Ansible takes `\x2d` as it stands."""
    return words.replace("\\", "\\\\")


def _ended(text: str, template: str) -> str:
    """Return text with as many line ends as its template, if it has fewer, as Ansible does it."""
    wanted = len(template) - len(template.rstrip("\n"))
    return text + "\n" * max(wanted - (len(text) - len(text.rstrip("\n"))), 0)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _true(value: Any) -> bool:
    return str(value).lower() in ("true", "yes", "on", "1")


def _combine(
    first: dict[str, Any], *others: dict[str, Any], recursive: bool = False, list_merge: str = ""
) -> Any:
    made = dict(first)
    for other in others:
        for key, value in other.items():
            held = made.get(key)
            if recursive and isinstance(held, dict) and isinstance(value, dict):
                made[key] = _combine(held, value, recursive=True, list_merge=list_merge)
            elif list_merge == "append" and isinstance(held, list) and isinstance(value, list):
                made[key] = held + value
            else:
                made[key] = value
    return made


def _nice_yaml(value: Any, indent: int = 4) -> str:
    return yaml.safe_dump(value, indent=indent, allow_unicode=True, default_flow_style=False)


def _nice_json(value: Any, indent: int = 4) -> str:
    return json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False, separators=(",", ": "))


_FILTERS: dict[str, Any] = {
    "basename": lambda path: str(path).rpartition("/")[2],
    "bool": _true,
    "combine": _combine,
    "device_rules": site_rules,
    "dict2items": lambda values: [{"key": key, "value": value} for key, value in values.items()],
    "dirname": lambda path: str(path).rpartition("/")[0],
    "regex_replace": lambda text, pattern, put: re.sub(pattern, put, str(text)),
    "split": lambda text, at=None: str(text).split(at),
    "to_nice_json": _nice_json,
    "to_nice_yaml": _nice_yaml,
}
"""Filters that the roles use: ours, and those of Ansible as its documentation has them."""
