"""What a simulator is, and how it stands in the dock: with a name, acts that a form can offer, and marks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from firmware_adapters.adapter import DeviceKind, Json
from firmware_adapters.dock_interface import Act, ActParameter, Choice, DockRefusal
from firmware_adapters.sighting import Sighting

Misbehaviour = Literal["none", "silent", "garbage", "slow", "hang"]
"""none: well. silent: it answers nothing. garbage: what it sends is none of its protocol. slow: right, but
late. hang: it takes nothing any more, so that whoever speaks to it waits. What each does on a wire stands
with the simulator."""
MISBEHAVIOURS: Final[tuple[Misbehaviour, ...]] = ("none", "silent", "garbage", "slow", "hang")
_MISBEHAVING: Final = (
    Choice("none", "恢复正常", "well again"),
    Choice("silent", "没有应答", "answers nothing"),
    Choice("garbage", "发出乱码", "sends garbage"),
    Choice("slow", "反应迟缓", "is slow"),
    Choice("hang", "死机", "hangs"),
)
TEXT_LIMIT: Final = 20_000
"""Characters of one text parameter."""


class Simulator(Protocol):
    """A simulated device: it speaks its real protocol on a real wire and is seen where real ones are.

    Beside these it has acts named as in the field: `lay_card`, `scan`, `cut_power`.
    """

    @property
    def plugged(self) -> bool:
        """Whether it is plugged in."""

    async def plug(self) -> None:
        """Plug it in; nothing happens when it is."""

    async def unplug(self) -> None:
        """Pull it out, whatever it does at the moment; nothing happens when it is not plugged in."""

    def misbehave(self, mode: Misbehaviour) -> None:
        """Behave so from now on; `none` is well again."""


Perform = Callable[[Mapping[str, Json]], Mapping[str, Json] | Awaitable[Mapping[str, Json] | None] | None]
"""Does an act with checked parameters and returns what there is to tell."""


@dataclass(frozen=True, slots=True)
class SimulatedAct:
    """An act and what does it."""

    act: Act
    perform: Perform


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the dock: what stands there, told also where it cannot run."""

    id: str
    """`family.name`, safe in a path."""
    kind: DeviceKind
    zh: str
    en: str


@dataclass(slots=True)
class Berth:
    """A simulator in its place."""

    place: Place
    simulator: Simulator
    marks: tuple[str, ...]
    """Keys of the sightings that it makes; whatever is below one of them in /sys is its too."""
    acts: Sequence[SimulatedAct] = field(default_factory=tuple)
    shown: Callable[[], Sighting | None] = lambda: None
    """Its sighting, where no ordinary source shows it."""


class Unavailable(Exception):
    """A family cannot be simulated on this machine; both sentences say what is missing."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def choice(name: str, zh: str, en: str, choices: Sequence[Choice]) -> ActParameter:
    """Return a parameter that is one of several; the first where none is given."""
    return ActParameter(name, zh, en, "choice", tuple(choices))


def text(name: str, zh: str, en: str) -> ActParameter:
    """Return a parameter that is a text."""
    return ActParameter(name, zh, en, "text")


def plain(do: Callable[[], Awaitable[None] | None]) -> Perform:
    """Return what does an act without parameters."""

    def perform(given: Mapping[str, Json]) -> Awaitable[None] | None:
        return do()

    return perform


def act(name: str, zh: str, en: str, perform: Perform, *parameters: ActParameter) -> SimulatedAct:
    """Return an act."""
    return SimulatedAct(Act(name, zh, en, parameters), perform)


def misbehave_act(simulator: Simulator) -> SimulatedAct:
    """Return the act by which every simulator is made to fail."""

    def perform(given: Mapping[str, Json]) -> None:
        mode = next(one for one in MISBEHAVIOURS if one == given["mode"])
        simulator.misbehave(mode)

    return act(
        "misbehave",
        "使其异常",
        "Misbehave",
        perform,
        choice("mode", "方式", "How", _MISBEHAVING),
    )


def checked(wanted: Act, given: Mapping[str, Json]) -> dict[str, Json]:
    """Return the parameters of an act, complete and of the right types. Raises DockRefusal."""
    unknown = set(given) - {parameter.name for parameter in wanted.parameters}
    if unknown:
        names = "、".join(sorted(unknown))
        raise DockRefusal(f"没有参数 {names}，请刷新页面", f"no such parameter: {names}; reload the page")
    return {parameter.name: _value(parameter, given.get(parameter.name)) for parameter in wanted.parameters}


def _value(parameter: ActParameter, given: Json) -> Json:
    if parameter.type == "choice":
        values = [one.value for one in parameter.choices]
        value = values[0] if given is None else given
        if value in values:
            return value
        known = "、".join(values)
        raise DockRefusal(f"“{parameter.zh}”只能是：{known}", f"{parameter.en} must be one of {known}")
    if parameter.type == "flag":
        if given is None or isinstance(given, bool):
            return bool(given)
        raise DockRefusal(f"“{parameter.zh}”只能是 true 或 false", f"{parameter.en} must be true or false")
    if parameter.type == "number":
        if isinstance(given, int | float) and not isinstance(given, bool):
            return given
        raise DockRefusal(f"“{parameter.zh}”须填数字", f"{parameter.en} must be a number")
    if not isinstance(given, str) or not given:
        raise DockRefusal(f"请填写“{parameter.zh}”", f"fill in: {parameter.en}")
    if len(given) > TEXT_LIMIT:
        raise DockRefusal(
            f"“{parameter.zh}”最多 {TEXT_LIMIT} 个字符",
            f"{parameter.en} has room for {TEXT_LIMIT} characters",
        )
    return given
