"""Simulated UPSes: NUT's own dummy-ups behind its real upsd, all below one folder and on a free port.

    async with NutServer(folder) as server:
        ups = SimulatedUps(server, "ups1")
        await ups.plug()
        await ups.cut_power()

Clients speak to `server.port`, a front that can misbehave.
"""

from __future__ import annotations

import asyncio
import getpass
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self

from firmware_adapters.power.nut_client import NutAddress, NutClient, NutRefused, NutUnreachable
from firmware_adapters.power.source import SERVER_PROPERTY, SUBSYSTEM, UPS_PROPERTY
from firmware_adapters.sighting import Sighting
from firmware_adapters.simulators.child_programs import STARTS_WITHIN_S, ChildProgram, free_port, listens
from firmware_adapters.simulators.port_front import FrontMode, PortFront

DRIVER_FOLDERS = ("/lib/nut", "/usr/lib/nut", "/usr/libexec/nut")
ACCOUNT, ACCOUNT_PASSWORD = "dock", "dock-only-on-loopback"
MAX_AGE_S = 2
"""After so long without a word from the driver, upsd calls its data stale; a real site has 15."""

CHARGE, RUNTIME_S, LOAD = 100, 1800, 25


def missing_program() -> str:
    """Return why no UPS can be simulated on this machine, in English; empty when one can."""
    missing = [name for name in ("upsd", "dummy-ups") if not _program(name)]
    return f"NUT lacks {' and '.join(missing)} (Debian: apt install nut-server)" if missing else ""


class NutServer:
    """An upsd with nothing but simulated UPSes."""

    def __init__(self, folder: Path) -> None:
        if reason := missing_program():
            raise FileNotFoundError(reason)
        self.folder = folder
        self.ups: dict[str, SimulatedUps] = {}
        """Those that are plugged in."""
        self.front = PortFront(free_port())
        self._upsd: ChildProgram | None = None

    @property
    def port(self) -> int:
        """Where clients speak to it."""
        return self.front.port

    @property
    def address(self) -> NutAddress:
        """The same as an address."""
        return NutAddress("127.0.0.1", self.front.port)

    @property
    def running(self) -> bool:
        """Whether upsd runs."""
        return self._upsd is not None

    @property
    def environment(self) -> dict[str, str]:
        """Where NUT's programs find their folders."""
        folder = str(self.folder)
        return {"NUT_CONFPATH": folder, "NUT_STATEPATH": folder, "NUT_ALTPIDPATH": folder}

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Start upsd; also after `stop`, on the same port."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.write_settings()
        upsd = ChildProgram(
            [_program("upsd"), "-F", "-u", getpass.getuser()], self.folder / "upsd.log", self.environment
        )
        await upsd.start(lambda: listens(self.front.target_port))
        self._upsd = upsd
        await self.front.open()

    async def stop(self) -> None:
        """End upsd while the drivers run on, as `systemctl restart` does in the middle."""
        await self.front.close()
        upsd, self._upsd = self._upsd, None
        if upsd is not None:
            await upsd.stop()

    async def close(self) -> None:
        """End everything."""
        for ups in list(self.ups.values()):
            await ups.end_driver()
        self.ups.clear()
        await self.stop()

    async def reload(self) -> None:
        """Let upsd read its list of UPSes again: a UPS was added or taken out."""
        self.write_settings()
        if self._upsd is not None:
            reload = await asyncio.create_subprocess_exec(
                *(_program("upsd"), "-c", "reload", "-P", str(self._upsd.pid)),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=self.environment,
            )
            await reload.wait()

    def write_settings(self) -> None:
        """Write the files of NUT for what is plugged in; `reload` makes upsd read them."""
        write = {
            "nut.conf": "MODE=standalone\n",
            "ups.conf": "maxretry = 1\n" + "".join(one.section() for one in self.ups.values()),
            "upsd.conf": f"LISTEN 127.0.0.1 {self.front.target_port}\n"
            f"MAXAGE {MAX_AGE_S}\nALLOW_NO_DEVICE true\n",
            "upsd.users": f"[{ACCOUNT}]\n  password = {ACCOUNT_PASSWORD}\n  instcmds = ALL\n",
        }
        for name, text in write.items():
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o600)


class SimulatedUps:
    """A UPS (不间断电源) of a NUT server; its driver tells what is done with it within about a second."""

    def __init__(self, server: NutServer, name: str = "ups1", *, serial: str = "SIM-UPS-1") -> None:
        self.server = server
        self.name = name
        self.serial = serial
        self._driver: ChildProgram | None = None
        self._values: dict[str, str] = {}

    @property
    def plugged(self) -> bool:
        """Whether upsd has it."""
        return self.server.ups.get(self.name) is self

    @property
    def sighting(self) -> Sighting:
        """How a source of devices shows it. Raises RuntimeError while it is not plugged in."""
        if not self.plugged:
            raise RuntimeError("the UPS is not plugged in")
        address = str(self.server.address)
        return Sighting(
            key=f"nut:{self.name}@{address}",
            subsystem=SUBSYSTEM,
            node=f"{self.name}@{address}",
            port=f"{self.name}@{address}",
            properties={SERVER_PROPERTY: address, UPS_PROPERTY: self.name},
        )

    async def plug(self) -> None:
        """Plug it in: its driver runs and upsd has it."""
        if self.plugged:
            return
        # The driver first: upsd tries a driver that is not up yet again only after seconds.
        self.server.ups[self.name] = self
        self.server.write_settings()
        await self._start_driver()
        await self.server.reload()
        await self._until_told()

    async def unplug(self) -> None:
        """Take it out of upsd and end its driver."""
        if self.plugged:
            del self.server.ups[self.name]
            await self.end_driver()
            await self.server.reload()
            # Plugged in again before upsd looked, it would be kept with its dead driver.
            if self.server.running:
                await self._until(lambda told: told is None, "keeps")

    async def relist(self) -> None:
        """Take it out of upsd's list and put it back while its driver, which takes seconds, runs on."""
        del self.server.ups[self.name]
        await self.server.reload()
        await self._until(lambda told: told is None, "keeps")
        self.server.ups[self.name] = self
        await self.server.reload()
        # A word to read its list again that comes while it reads it is lost on upsd.
        await self._until(lambda told: told is not None, "does not take back")

    async def cut_power(self) -> None:
        """The mains fail; the battery takes over."""
        await self._set({"ups.status": "OB DISCHRG", "input.voltage": "0.0", "battery.charge": "90"})

    async def low_battery(self) -> None:
        """The mains have been out for long: the battery is nearly empty."""
        values = {"ups.status": "OB LB DISCHRG", "input.voltage": "0.0"}
        await self._set({**values, "battery.charge": "8", "battery.runtime": "90"})

    async def restore_power(self) -> None:
        """The mains come back and the battery charges."""
        values = {"ups.status": "OL CHRG", "input.voltage": "228.0"}
        await self._set({**values, "battery.charge": "60", "battery.runtime": str(RUNTIME_S)})

    async def set_status(self, status: str, **numbers: str) -> None:
        """Say `ups.status` in NUT's words; `numbers` are further variables with `_` for `.`."""
        await self._set({"ups.status": status, **{key.replace("_", "."): v for key, v in numbers.items()}})

    async def pull_data_cable(self) -> None:
        """The driver hears nothing any more: upsd soon calls its data stale."""
        if self._driver is not None:
            self._driver.freeze(True)

    async def mend_data_cable(self) -> None:
        """The driver hears it again."""
        if self._driver is not None:
            self._driver.freeze(False)

    def misbehave(self, mode: FrontMode) -> None:
        """Make the line to upsd misbehave, for all of its UPSes; see port_front.py."""
        self.server.front.misbehave(mode)

    async def end_driver(self) -> None:
        """End the driver, as when it crashed: upsd has the UPS and hears nothing of it."""
        driver, self._driver = self._driver, None
        if driver is not None:
            await driver.stop()

    def section(self) -> str:
        """Return its part of ups.conf."""
        return (
            f"[{self.name}]\n  driver = dummy-ups\n  port = {self._data}\n  mode = dummy-loop\n"
            f'  desc = "Simulated UPS {self.name}"\n  pollinterval = 1\n'
        )

    @property
    def _data(self) -> Path:
        return self.server.folder / f"{self.name}.dev"

    async def _start_driver(self) -> None:
        self._values = self._usual_values()
        self._write()
        command = [_program("dummy-ups"), "-a", self.name, "-F", "-u", getpass.getuser()]
        self._driver = ChildProgram(command, self.server.folder / f"{self.name}.log", self.server.environment)
        socket = self.server.folder / f"dummy-ups-{self.name}"

        # A driver that was killed leaves its socket behind.
        socket.unlink(missing_ok=True)

        async def is_up() -> bool:
            try:
                _, writer = await asyncio.open_unix_connection(socket)
            except OSError:
                return False
            writer.transport.abort()
            return True

        await self._driver.start(is_up)

    def _usual_values(self) -> dict[str, str]:
        return {
            "device.mfr": "Kaodian",
            "device.model": "Simulated UPS 1500",
            "device.serial": self.serial,
            "ups.mfr": "Kaodian",
            "ups.model": "Simulated UPS 1500",
            "ups.serial": self.serial,
            "ups.firmware": "1.0",
            "ups.status": "OL",
            "ups.load": str(LOAD),
            "ups.realpower.nominal": "900",
            "ups.test.result": "Done and passed",
            "battery.charge": str(CHARGE),
            "battery.runtime": str(RUNTIME_S),
            "battery.voltage": "27.2",
            "battery.type": "PbAcid",
            "input.voltage": "228.0",
            "output.voltage": "228.0",
        }

    def _write(self) -> None:
        # The driver reads its file again about every second: it must never see half of it.
        draft = self._data.with_suffix(".draft")
        draft.write_text("".join(f"{name}: {value}\n" for name, value in self._values.items()))
        draft.replace(self._data)

    async def _until_told(self) -> None:
        await self._until(lambda told: (told or {}).get("ups.status", "WAIT") != "WAIT", "does not hear of")

    async def _until(self, wanted: Callable[[Mapping[str, str] | None], bool], trouble: str) -> None:
        """Wait for what upsd tells of it, None when upsd does not know it. Raises TimeoutError."""
        client = NutClient(NutAddress("127.0.0.1", self.server.front.target_port))
        end = time.monotonic() + STARTS_WITHIN_S
        try:
            while time.monotonic() < end:
                told: Mapping[str, str] | None = {}
                try:
                    told = await client.variables(self.name)
                except NutRefused as refused:
                    told = None if refused.code == "UNKNOWN-UPS" else {}
                except NutUnreachable:
                    pass
                if wanted(told):
                    return
                await asyncio.sleep(0.05)
        finally:
            await client.close()
        raise TimeoutError(f"upsd {trouble} {self.name}: {self.server.folder}")

    async def _set(self, values: dict[str, str]) -> None:
        if not self.plugged:
            raise RuntimeError("the UPS is not plugged in")
        self._values |= values
        self._write()


def _program(name: str) -> str:
    # Debian's /usr/sbin/upsd is a script that asks /etc/nut first; the real one stands with the drivers.
    return shutil.which(name, path=":".join((*DRIVER_FOLDERS, "/usr/sbin", "/sbin"))) or ""
