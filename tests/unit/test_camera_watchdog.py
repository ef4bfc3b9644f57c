"""The watch over frames, with a clock that the test moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware_adapters.camera.watchdog import ALARMS, FlowChange, FrameFlow, FrameWatch


class Watched:
    """A watch with its clock, and all changes it told."""

    def __init__(self, slowest: float = 2.0) -> None:
        self.now = 1000.0
        self.watch = FrameWatch(starts_within_s=5, stops_after_s=2, lost_after_s=10, slowest=slowest)
        self.changes: list[FlowChange] = []

    def look(self) -> None:
        change = self.watch.look(self.now)
        if change is not None:
            self.changes.append(change)

    def ask(self) -> None:
        self.watch.asked(self.now)
        self.look()

    def frames(self, seconds: float, rate: float, *, broken: bool = False) -> None:
        """Frames for so long, looking at each."""
        for _ in range(round(seconds * rate)):
            self.now += 1 / rate
            if broken:
                self.watch.broken()
            else:
                self.watch.whole(self.now)
            self.look()

    def silence(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.look()

    @property
    def flows(self) -> list[FrameFlow]:
        return [change.now for change in self.changes]


def test_nothing_is_told_while_nobody_wants_frames() -> None:
    watched = Watched()
    watched.silence(60)
    assert watched.changes == []


def test_frames_that_come_are_running() -> None:
    watched = Watched()
    watched.ask()
    watched.frames(60, 15)
    assert watched.flows == [FrameFlow.RUNNING]


def test_silence_after_frames_is_a_stop_after_two_seconds_and_lost_after_ten() -> None:
    watched = Watched()
    watched.ask()
    watched.frames(3, 15)
    last = watched.now
    watched.silence(1.9)
    assert watched.flows == [FrameFlow.RUNNING]
    watched.silence(0.3)
    assert watched.flows[-1] is FrameFlow.STOPPED
    assert 2.0 <= watched.changes[-1].quiet_s <= 2.2
    watched.silence(7.6)
    assert watched.flows[-1] is FrameFlow.STOPPED
    watched.silence(0.4)
    assert watched.flows == [FrameFlow.RUNNING, FrameFlow.STOPPED, FrameFlow.LOST]
    assert not watched.changes[-1].broken
    assert watched.now - last < 10.5


def test_a_frame_ends_the_alarm_and_tells_how_long_it_was() -> None:
    watched = Watched()
    watched.ask()
    watched.frames(3, 15)
    watched.silence(6)
    watched.frames(1, 15)
    assert watched.flows == [FrameFlow.RUNNING, FrameFlow.STOPPED, FrameFlow.RUNNING]
    assert 6.0 <= watched.changes[-1].quiet_s <= 6.2


def test_the_first_frame_of_a_stream_may_take_longer() -> None:
    watched = Watched()
    watched.ask()
    watched.silence(4.8)
    assert watched.flows == [FrameFlow.RUNNING]
    watched.silence(0.4)
    assert watched.flows == [FrameFlow.RUNNING, FrameFlow.STOPPED]


def test_a_restart_of_the_stream_mends_nothing_until_a_frame_comes() -> None:
    watched = Watched()
    watched.ask()
    watched.frames(1, 15)
    watched.silence(3)
    for _ in range(3):
        watched.ask()
        watched.silence(3)
    assert watched.flows == [FrameFlow.RUNNING, FrameFlow.STOPPED, FrameFlow.LOST]
    watched.ask()
    watched.frames(0.2, 15)
    assert watched.flows[-1] is FrameFlow.RUNNING


def test_a_stream_that_ends_at_once_again_and_again_is_stopped_all_the_same() -> None:
    watched = Watched()
    watched.ask()
    for _ in range(30):
        watched.silence(0.2)
        watched.ask()
    assert watched.flows[-1] is FrameFlow.STOPPED


def test_frames_that_are_all_broken_are_a_stop_with_that_reason() -> None:
    watched = Watched()
    watched.ask()
    watched.frames(3, 15)
    watched.frames(12, 15, broken=True)
    assert watched.flows == [FrameFlow.RUNNING, FrameFlow.STOPPED, FrameFlow.LOST]
    assert [change.broken for change in watched.changes] == [False, True, True]
    assert watched.watch.broken_frames == 180
    assert watched.watch.only_broken


def test_some_broken_frames_among_whole_ones_are_no_stop() -> None:
    watched = Watched()
    watched.ask()
    for _ in range(20):
        watched.frames(0.4, 15, broken=True)
        watched.frames(0.4, 15)
    assert watched.flows == [FrameFlow.RUNNING]


def test_few_frames_a_second_are_slow_and_the_limit_does_not_flicker() -> None:
    watched = Watched(slowest=2.0)
    watched.ask()
    watched.frames(12, 1)
    assert watched.flows == [FrameFlow.RUNNING, FrameFlow.SLOW]
    watched.frames(12, 2.2)
    assert watched.flows == [FrameFlow.RUNNING, FrameFlow.SLOW]
    watched.frames(12, 5)
    assert watched.flows == [FrameFlow.RUNNING, FrameFlow.SLOW, FrameFlow.RUNNING]


def test_slowness_is_not_judged_when_it_is_switched_off() -> None:
    watched = Watched(slowest=0.0)
    watched.ask()
    watched.frames(20, 0.8)
    assert watched.flows == [FrameFlow.RUNNING]


def test_an_interruption_on_purpose_is_no_stop() -> None:
    watched = Watched()
    watched.ask()
    watched.frames(3, 15)
    watched.watch.released()
    watched.now += 8  # a still is taken; nobody looks
    watched.ask()
    watched.frames(3, 15)
    assert watched.flows == [FrameFlow.RUNNING]


def test_an_alarm_outlasts_the_interest_and_a_photo_ends_it() -> None:
    watched = Watched()
    watched.ask()
    watched.silence(6)
    watched.watch.released()
    watched.silence(60)
    assert watched.flows == [FrameFlow.RUNNING, FrameFlow.STOPPED]
    watched.watch.whole(watched.now)
    watched.look()
    assert watched.flows[-1] is FrameFlow.IDLE


def test_the_rate_is_frames_per_second_of_the_last_seconds() -> None:
    watched = Watched()
    watched.ask()
    watched.frames(4, 30)
    assert 29 < watched.watch.rate(watched.now) < 31
    watched.frames(6, 5)
    assert 4.8 < watched.watch.rate(watched.now) < 5.2
    watched.silence(30)
    assert watched.watch.rate(watched.now) == 0.0


@given(
    st.lists(
        st.tuples(st.sampled_from(["whole", "broken", "ask", "release", "wait"]), st.floats(0.0, 4.0)),
        max_size=60,
    )
)
def test_whatever_happens_changes_differ_and_alarms_need_silence(doings: list[tuple[str, float]]) -> None:
    watched = Watched()
    last_whole_or_ask = watched.now
    for doing, seconds in doings:
        watched.now += seconds
        if doing == "whole":
            watched.watch.whole(watched.now)
            last_whole_or_ask = watched.now
        elif doing == "broken":
            watched.watch.broken()
        elif doing == "ask":
            watched.watch.asked(watched.now)
        elif doing == "release":
            watched.watch.released()
        before = len(watched.changes)
        watched.look()
        if len(watched.changes) > before and watched.changes[-1].now in ALARMS:
            assert watched.now - last_whole_or_ask >= 2.0 - 1e-9
            assert watched.changes[-1].quiet_s >= 2.0 - 1e-9
    for change in watched.changes:
        assert change.before is not change.now
        assert change.quiet_s >= 0
