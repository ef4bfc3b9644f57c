"""What is shown: all devices with their states, and a numbered stream of changes for many followers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple

from firmware_adapters.interface import Device, DeviceEvent, DeviceGoneSaid

MessageName = Literal["device", "gone", "event"]


class Message(NamedTuple):
    """One message of the stream."""

    seq: int
    name: MessageName
    data: bytes
    """JSON of a Device, a DeviceGoneSaid or a DeviceEvent."""


class TooLateToFollow(Exception):
    """The messages after this seq are no longer kept: list the devices anew and follow from there."""


class Board:
    """The devices as they are, and the latest messages for those who follow.

    `first_seq` must be higher than any seq of an earlier run, so that a follower who comes back after a
    restart is told to list anew.
    """

    MESSAGES_KEPT = 2000
    BYTES_KEPT = 8 * 1024 * 1024

    def __init__(self, first_seq: int) -> None:
        self.seq = first_seq
        self.devices: dict[str, Device] = {}
        self._kept: deque[Message] = deque()
        self._kept_bytes = 0
        self._followers: set[Follower] = set()
        self._forgotten = first_seq
        """Messages up to this seq are no longer kept."""

    def put(self, device: Device) -> None:
        """Show a device as it is now; nothing happens when it is shown so already."""
        if self.devices.get(device.id) != device:
            self.devices[device.id] = device
            self._say("device", device.model_dump_json().encode())

    def drop(self, device_id: str) -> None:
        """Show a device no longer."""
        if self.devices.pop(device_id, None) is not None:
            self._say("gone", DeviceGoneSaid(id=device_id).model_dump_json().encode())

    def happen(self, event: DeviceEvent) -> None:
        """Tell that something happened at a device."""
        self._say("event", event.model_dump_json().encode())

    def follow(self, after: int) -> Follower:
        """Begin to follow after a seq; close the follower at the end. Raises TooLateToFollow."""
        if not self._forgotten <= after <= self.seq:
            raise TooLateToFollow
        follower = Follower(self, after)
        self._followers.add(follower)
        return follower

    def hang_up(self) -> None:
        """End all following."""
        for follower in tuple(self._followers):
            follower.end()

    def after(self, seq: int) -> Iterator[Message]:
        """Return the kept messages after a seq. Raises TooLateToFollow."""
        if seq < self._forgotten:
            raise TooLateToFollow
        # Every seq after `_forgotten` is kept, one a message.
        skipped = seq - self._forgotten
        return iter([self._kept[place] for place in range(skipped, len(self._kept))])

    def stop_following(self, follower: Follower) -> None:
        """Forget a follower."""
        self._followers.discard(follower)

    @property
    def followers(self) -> int:
        """Number of those who follow."""
        return len(self._followers)

    def _say(self, name: MessageName, data: bytes) -> None:
        self.seq += 1
        self._kept.append(Message(self.seq, name, data))
        self._kept_bytes += len(data)
        while len(self._kept) > self.MESSAGES_KEPT or (
            self._kept_bytes > self.BYTES_KEPT and len(self._kept) > 1
        ):
            oldest = self._kept.popleft()
            self._kept_bytes -= len(oldest.data)
            self._forgotten = oldest.seq
        for follower in self._followers:
            follower.wake()


class Follower:
    """One who follows the stream; who is too slow is told so and costs nobody else anything."""

    def __init__(self, board: Board, seq: int) -> None:
        self._board = board
        self._seq = seq
        self._woken = asyncio.Event()
        self._ended = False

    async def next(self, timeout_s: float) -> list[Message] | None:
        """Return the next messages, none when nothing came in time, None at the end.

        Raises TooLateToFollow when messages were missed.
        """
        if self._seq == self._board.seq and not self._ended:
            self._woken.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._woken.wait()
            except TimeoutError:
                return []
        if self._ended:
            return None
        messages = list(self._board.after(self._seq))
        if messages:
            self._seq = messages[-1].seq
        return messages

    def wake(self) -> None:
        """Say that there are messages."""
        self._woken.set()

    def end(self) -> None:
        """End following."""
        self._ended = True
        self._woken.set()

    def close(self) -> None:
        """Stop following."""
        self._board.stop_following(self)
