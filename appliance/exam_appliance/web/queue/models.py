"""What the pages of the queue are told and say, as models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from central_sync.protocol.items import Words

Key = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
State = Literal["waiting", "called", "served", "no_show"]
Finish = Literal["", "served", "skipped", "no_show"]
CounterId = Annotated[str, Field(max_length=20)]
Use = Literal["tickets", "display"]


class EnterRequest(Words):
    """A screen shows its key."""

    key: Key


class TakeRequest(Words):
    """Somebody wants a number: what was typed or scanned."""

    identity: Annotated[str, Field(min_length=1, max_length=8192)]


class TakenView(Words):
    """A number as it is told to its owner."""

    number: str
    session: str
    name: str
    room: str
    state: State
    before: int
    wait_minutes: int | None
    """None where nothing is known yet."""
    counter_zh: str
    counter_en: str
    """Where to go now, empty while it waits."""
    fresh: bool


class ProblemView(Words):
    """Why there is no number."""

    reason: str
    zh: str
    en: str


class OutcomeView(Words):
    """What came of a card or code at the station; one of both is there."""

    n: int
    taken: TakenView | None
    problem: ProblemView | None


class TakingView(Words):
    """A session for which numbers are given now."""

    title: str
    starts_at: AwareDatetime


class MachineState(Words):
    """What a ticket machine shows while nobody stands there."""

    site: str
    enabled: bool
    name: str
    reader: bool
    scanner: bool
    printer: bool
    waiting: int
    taking: tuple[TakingView, ...]
    return_seconds: int
    help_zh: str
    help_en: str
    outcome: OutcomeView | None


class CallView(Words):
    """A call, with what a voice says of it in each language."""

    seq: int
    number: str
    counter: str
    counter_zh: str
    counter_en: str
    again: bool
    age_s: float
    texts: dict[str, str]


class CounterNow(Words):
    """A counter with the number called there, empty for none."""

    id: str
    zh: str
    en: str
    number: str
    name: str
    since_s: float


class WaitingLine(Words):
    """A number that waits, as displays show it."""

    number: str
    name: str
    wanted_zh: str


class DisplayState(Words):
    """What a display shows; `calls` are those after the one that it knows."""

    seq: int
    site: str
    enabled: bool
    now: AwareDatetime
    time_zone: str
    counters: tuple[CounterNow, ...]
    last: tuple[CallView, ...]
    """The last calls, the newest first."""
    calls: tuple[CallView, ...]
    waiting: tuple[WaitingLine, ...]
    waiting_count: int
    wait_minutes: int | None
    """About how long somebody waits who takes a number now."""
    voice: Literal["auto", "server", "none"]
    languages: tuple[Literal["zh", "en"], ...]


class AfterQuery(Words):
    """Which calls a display knows."""

    after: Annotated[int | None, Field(ge=0)] = None


class SoundQuery(Words):
    """In which language a call is said."""

    language: Literal["zh", "en"] = "zh"


class LineView(Words):
    """A queue ticket at the console."""

    id: str
    number: str
    session: str
    title: str
    room: str
    name: str
    admission: str
    state: State
    priority: str
    counter: str
    wanted: str
    skipped: int
    source: str
    waited_s: float
    """Since the number was taken."""
    since_s: float
    """Since it was called or settled."""


class CounterView(Words):
    """A counter at the console."""

    id: str
    zh: str
    en: str
    room: str
    current: LineView | None
    for_it: int
    """How many wait whom it may call."""


class PriorityView(Words):
    """A priority that may be given."""

    id: str
    zh: str
    en: str


class CountsView(Words):
    """The counts of a session for the record; waits in seconds."""

    session: str
    title: str
    taken: int
    waiting: int
    called: int
    served: int
    no_shows: int
    mean_wait_s: int | None
    longest_wait_s: int | None


class QueueRecord(Words):
    """The counts of all sessions with numbers."""

    sessions: tuple[CountsView, ...]


class QueueView(Words):
    """The whole queue at the console."""

    seq: int
    enabled: bool
    counters: tuple[CounterView, ...]
    waiting: tuple[LineView, ...]
    """The next one first."""
    settled: tuple[LineView, ...]
    """Served or not come, the newest first."""
    priorities: tuple[PriorityView, ...]
    rooms: tuple[str, ...]
    sessions: tuple[CountsView, ...]


class CallRequest(Words):
    """Call the next one, or a certain ticket; `finish` says what became of whoever stands there."""

    ticket: Annotated[str, Field(max_length=60)] = ""
    finish: Finish = ""


class TransferRequest(Words):
    """Send somebody elsewhere; empty parts stay as they are."""

    counter: CounterId = ""
    room: Annotated[str, Field(max_length=60)] = ""
    session: Annotated[str, Field(max_length=40)] = ""


class PriorityRequest(Words):
    """Give a priority, empty for none."""

    priority: Annotated[str, Field(max_length=20)]


class StaffTakeRequest(TakeRequest):
    """A number taken for somebody by staff."""

    priority: Annotated[str, Field(max_length=20)] = ""


class ScreenRequest(Words):
    """Enrol a ticket machine or display."""

    use: Use
    name: Annotated[str, Field(min_length=1, max_length=40)]
    station: Annotated[str, Field(max_length=20)] = ""


class ScreenView(Words):
    """An enrolled screen."""

    id: str
    use: Use
    name: str
    station: str
    enrolled_at: AwareDatetime
    heard_at: AwareDatetime | None
    address: str


class Screens(Words):
    """All screens in use, and the stations that a ticket machine may have."""

    screens: tuple[ScreenView, ...]
    stations: tuple[str, ...]


class ScreenLink(Words):
    """A screen with its link, which is shown this once."""

    screen: ScreenView
    path: str
    """Path and key, to be put behind the server's address."""
    qr: str
    """The whole link as a QR code, SVG."""
