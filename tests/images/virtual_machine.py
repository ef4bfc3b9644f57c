"""A virtual machine with its serial console read as it is written: QEMU without hardware virtualisation."""

from __future__ import annotations

import codecs
import contextlib
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PIL import Image

LAST_LINES = 40
POINTER_MAX = 32767
"""QEMU's tablet counts its places from 0 to this, in both directions."""
SHADES = 12
"""A page in small has more shades of grey than this."""
EMULATION_FAULT = re.compile(r"int3: 0000 \[#1\]")
"""What a kernel dies of while it starts when QEMU runs code that another processor was just changing.

No real processor does that (seen once in some fifty starts); the machine is turned on again, once.
"""
KEYS = {" ": "spc", "-": "minus", ".": "dot", "/": "slash", ",": "comma", "\n": "ret", "\t": "tab"}


class NotSeen(AssertionError):
    """What was waited for did not come; the text holds the end of the console."""


class VirtualMachine:
    """One machine; `with` starts it and takes its power away at the end."""

    def __init__(
        self,
        folder: Path,
        *,
        memory_mib: int,
        devices: Sequence[str],
        inside: Sequence[str] = (),
        restarts: bool = False,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._monitor_at = folder / "monitor"
        self._command = [
            *inside,
            "qemu-system-x86_64",
            "-nodefaults",
            "-accel",
            "tcg,thread=multi",
            "-cpu",
            "max",
            "-smp",
            "2",
            "-m",
            str(memory_mib),
            "-display",
            "none",
            *([] if restarts else ["-no-reboot"]),
            "-serial",
            "stdio",
            "-qmp",
            f"unix:{self._monitor_at},server=on,wait=off",
            *devices,
        ]
        self._whole = tuple(self._command)
        self._said = ""
        self._changed = threading.Condition()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False
        self.started_at = 0.0

    def __enter__(self) -> Self:
        self.turn_on()
        return self

    def turn_on(self) -> None:
        """Start it, for the first time or after its power was cut; the console goes on where it was."""
        self._start()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self.started_at = time.monotonic()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._reader.join(10)

    def _read(self) -> None:
        if self._read_to_its_end():
            print("QEMU ran half-changed code: the machine is turned on again")
            with contextlib.suppress(FileNotFoundError):
                self._monitor_at.unlink()
            self._start()
            # Once alone: what comes again is no chance, and ends the machine.
            self._read_to_its_end()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _read_to_its_end(self) -> bool:
        """Read what the machine says until it ends; whether it was ended here for a fault of QEMU's."""
        assert self._process is not None
        assert self._process.stdout is not None
        begun, again = len(self._said), False
        # A read may end in the middle of a letter.
        letters = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while data := self._process.stdout.read1(65536):  # type: ignore[attr-defined]
            with self._changed:
                self._said += letters.decode(data)
                self._changed.notify_all()
            with (self._folder / "console.log").open("ab") as kept:
                kept.write(data)
            if not again and EMULATION_FAULT.search(self._said, begun):
                again = True
                self._process.kill()
        return again

    def console(self) -> str:
        """Return all that the machine has said so far."""
        with self._changed:
            return self._said

    def wait_for(self, pattern: str, seconds: float, *, after: int = 0) -> re.Match[str]:
        """Return the first match in what the console has said from character `after` on.

        Raises NotSeen after `seconds`, or when the machine ends.
        """
        deadline = time.monotonic() + seconds
        compiled = re.compile(pattern)
        with self._changed:
            while True:
                if found := compiled.search(self._said, after):
                    return found
                left = deadline - time.monotonic()
                if left <= 0 or self._ended:
                    last = "\n".join(self._said.splitlines()[-LAST_LINES:])
                    why = "the machine ended" if self._ended else f"not within {seconds:.0f} s"
                    raise NotSeen(f"{pattern}: {why}; the console's end:\n{last}")
                self._changed.wait(left)

    def ask(self, command: str, **arguments: Any) -> Any:
        """Carry a command of QEMU's monitor out (QMP) and return its answer."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(60)
            line.connect(str(self._monitor_at))
            with line.makefile("rw") as talk:
                json.loads(talk.readline())
                for words in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                    talk.write(json.dumps(words) + "\n")
                    talk.flush()
                    answer = json.loads(talk.readline())
                    while "event" in answer:
                        answer = json.loads(talk.readline())
                    assert "error" not in answer, answer
                return answer["return"]

    def screen(self, name: str) -> Path:
        """Take a picture of the screen; returns the PNG."""
        taken = self._folder / f"{name}.ppm"
        self.ask("screendump", filename=str(taken))
        picture = taken.with_suffix(".png")
        with Image.open(taken) as read:
            read.save(picture)
        taken.unlink()
        return picture

    def drawn(self, name: str, seconds: float, *, large: tuple[int, int, int] | None = None) -> Path:
        """Return a picture of the screen once a page is on it that only its clock changes. Raises NotSeen.

        `large` is the colour (RGB) of something that covers a hundredth of the page or more.
        """
        deadline = time.monotonic() + seconds
        before = b""
        while True:
            picture = self.screen(name)
            with Image.open(picture) as read:
                small = read.convert("L").resize((64, 36))
                places = read.width * read.height
                colours = read.convert("RGB").getcolors(places) or []
            now = small.tobytes()
            # Firmware and kernel write on black, an empty window is all one colour; a page is neither.
            covered = sum(1 for value in now if value > 16) > len(now) / 2
            changed = sum(1 for old, new in zip(before, now, strict=False) if old != new)
            there = large is None or any(one == large and 100 * count > places for count, one in colours)
            if covered and there and len(set(now)) > SHADES and before and changed < len(now) / 100:
                return picture
            before = now
            if time.monotonic() > deadline:
                raise NotSeen(f"no page on the screen within {seconds:.0f} s: {picture}")
            time.sleep(2)

    def press(self, *keys: str) -> None:
        """Press keys together and let them go: QEMU's names, such as ret, tab, a, shift."""
        self.ask("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def type(self, text: str) -> None:
        """Type text on the keyboard of the machine."""
        for letter in text:
            name = KEYS.get(letter, letter.lower())
            self.press(*(["shift", name] if letter.isupper() else [name]))
            time.sleep(0.12)

    def click(self, x: float, y: float) -> None:
        """Click at a place of the screen, both from 0 to 1."""
        place = [
            {"type": "abs", "data": {"axis": axis, "value": int(share * POINTER_MAX)}}
            for axis, share in (("x", x), ("y", y))
        ]
        self.ask("input-send-event", events=place)
        for down in (True, False):
            time.sleep(0.15)
            pressed = {"type": "btn", "data": {"button": "left", "down": down}}
            self.ask("input-send-event", events=[pressed])

    def plug(self, driver: str, name: str, **properties: Any) -> None:
        """Plug a device in while the machine runs."""
        self.ask("device_add", driver=driver, id=name, **properties)

    def unplug(self, name: str) -> None:
        """Pull a device out; it is not there after a cut of the power either."""
        self.ask("device_del", id=name)
        pairs = list(zip(self._command[:-1], self._command[1:], strict=True))
        for option, words in pairs:
            if option in ("-device", "-drive") and f"id={name}" in words.split(","):
                at = self._command.index(words)
                del self._command[at - 1 : at + 1]

    def put_back(self) -> None:
        """Put in again what was pulled out, while the machine has no power."""
        self._command = [*self._whole]

    def cut_power(self) -> None:
        """Take the power away at once: what the machine has not brought to its disk is lost.

        The disks go past this machine's own memory (`cache=none`), so nothing outlives the cut in there.
        """
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._reader.join(10)
        with contextlib.suppress(FileNotFoundError):
            self._monitor_at.unlink()


def fresh_disk(image: Path, folder: Path, name: str = "disk") -> Path:
    """Return a disk that begins as the image and keeps what is written to itself."""
    folder.mkdir(parents=True, exist_ok=True)
    disk = folder / f"{name}.qcow2"
    command = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", str(image), str(disk)]
    subprocess.run(command, check=True)
    return disk


def empty_disk(folder: Path, name: str, mib: int) -> Path:
    """Return a disk with nothing on it."""
    folder.mkdir(parents=True, exist_ok=True)
    disk = folder / f"{name}.qcow2"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(disk), f"{mib}M"], check=True)
    return disk


def formatted_disk(folder: Path, name: str, mib: int) -> Path:
    """Return a disk with an empty ext4 file system of that name over the whole of it."""
    raw = folder / f"{name}.raw"
    with raw.open("wb") as made:
        made.truncate(mib * 2**20)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-L", name, str(raw)], check=True)
    disk = raw.with_suffix(".qcow2")
    subprocess.run(["qemu-img", "convert", "-O", "qcow2", str(raw), str(disk)], check=True)
    raw.unlink()
    return disk


def disk_device(disk: Path, name: str, slot: int, *, first: int | None = None) -> list[str]:
    """Return what QEMU is told of a disk in a slot of the machine; `first` is its place in the boot order."""
    drive = f"file={disk},if=none,id={name},format=qcow2,cache=none,discard=unmap"
    order = "" if first is None else f",bootindex={first}"
    return ["-drive", drive, "-device", f"virtio-blk-pci,drive={name},addr={slot},serial={name}{order}"]


class Tpm:
    """A TPM 2.0 of its own process (swtpm), which keeps what it holds in a folder, as a chip does."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._socket = folder / "socket"
        self._process: subprocess.Popen[bytes] | None = None

    def put_in(self) -> None:
        """Start it."""
        words = ["--tpmstate", f"dir={self._folder}", "--ctrl", f"type=unixio,path={self._socket}"]
        with (self._folder / "swtpm.log").open("ab") as log:
            self._process = subprocess.Popen(["swtpm", "socket", "--tpm2", *words], stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self._socket.exists():
            assert self._process.poll() is None, (self._folder / "swtpm.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def take_out(self) -> None:
        """End it; what it holds stays in its folder."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._socket.unlink(missing_ok=True)

    @property
    def device(self) -> list[str]:
        """What QEMU is told of it."""
        words = ["-chardev", f"socket,id=tpm,path={self._socket}"]
        return [*words, "-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-tis,tpmdev=tpm"]

    def emptied(self) -> None:
        """Put another one in its place, which knows nothing, while the machine has no power."""
        self.take_out()
        for file in self._folder.glob("tpm2-*"):
            file.unlink()
        self.put_in()
