"""A CUPS for simulated printers: the real cupsd below a folder of its own, and the bus ippeveprinter wants.

The folder is short and open to the account that filters run as: cupsd as root gives them to `lp`, and a
Unix socket's path may have 107 bytes.
"""

from __future__ import annotations

import asyncio
import getpass
import shutil
import tempfile
from pathlib import Path
from typing import Self

from firmware_adapters.simulators.base import Simulator
from firmware_adapters.simulators.child_programs import ChildProgram

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
"""
_FILES = """ServerRoot {folder}/root
CacheDir {folder}/cache
StateDir {folder}/state
RequestRoot {folder}/spool
TempDir {folder}/tmp
AccessLog {folder}/access.log
ErrorLog {folder}/error.log
PageLog {folder}/page.log
Printcap
SystemGroup root
"""
_SETTINGS = """Listen {socket}
Browsing No
WebInterface No
LogLevel info
DefaultAuthType Basic
JobRetryInterval 2
PreserveJobHistory {history}
MaxLogSize 0
<Location />
  Order allow,deny
</Location>
<Policy default>
  JobPrivateAccess default
  JobPrivateValues default
  SubscriptionPrivateAccess default
  SubscriptionPrivateValues default
  <Limit CUPS-Add-Modify-Printer CUPS-Delete-Printer CUPS-Set-Default Pause-Printer Resume-Printer \
Enable-Printer Disable-Printer Cancel-Jobs CUPS-Accept-Jobs CUPS-Reject-Jobs>
    AuthType Default
    Require user {user} @SYSTEM
    Order deny,allow
  </Limit>
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
"""


def program(name: str) -> str:
    """Return where a program is, an empty string where it is not installed."""
    return shutil.which(name, path=PATH) or ""


def missing_program() -> str:
    """Return why no printer can be simulated on this machine, in English; empty when one can."""
    wanted = {
        "cupsd": "cups-daemon",
        "lpadmin": "cups-client",
        "ippeveprinter": "cups-ipp-utils",
        "dbus-daemon": "dbus-daemon",
    }
    missing = [f"{name} (Debian: {package})" for name, package in wanted.items() if not program(name)]
    return f"missing: {', '.join(missing)}" if missing else ""


class PrintService:
    """A running cupsd with no queue in it, on a Unix socket; `remembers` False: it forgets ended jobs."""

    def __init__(self, *, remembers: bool = True) -> None:
        if reason := missing_program():
            raise FileNotFoundError(reason)
        self._remembers = remembers
        self.folder = Path()
        """Set while it runs, and gone with it."""
        self.printers: list[Simulator] = []
        """Those that are plugged in; they are unplugged when it closes."""
        self._cupsd: ChildProgram | None = None
        self._bus: ChildProgram | None = None

    @property
    def server(self) -> str:
        """The socket, as the source's option `server`."""
        return str(self.folder / "cups.sock")

    @property
    def bus_environment(self) -> dict[str, str]:
        """Where ippeveprinter finds a system bus; it ends at once without one."""
        return {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder}/bus"}

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Make the folder and start the bus and cupsd."""
        self.folder = Path(tempfile.mkdtemp(prefix="kaodian-cups-"))
        try:
            self.folder.chmod(0o755)
            for name in ("root", "cache", "state", "spool", "tmp"):
                (self.folder / name).mkdir()
            bus = self.folder / "bus"
            (self.folder / "bus.conf").write_text(_BUS.format(bus=bus))
            (self.folder / "cups-files.conf").write_text(_FILES.format(folder=self.folder))
            settings = _SETTINGS.format(
                socket=self.server,
                user=getpass.getuser(),
                history="Yes" if self._remembers else "No",
            )
            (self.folder / "cupsd.conf").write_text(settings)
            command = [program("dbus-daemon"), f"--config-file={bus}.conf", "--nofork", "--nopidfile"]
            self._bus = ChildProgram(command, self.folder / "bus.log", {})
            await self._bus.start(lambda: _accepts(str(bus)))
            await self.start()
        except BaseException:
            await self.close()
            raise

    async def start(self) -> None:
        """Start cupsd; also after `stop`, with the queues and jobs that it had."""
        if self._cupsd is not None:
            return
        command = [program("cupsd"), "-f", "-c", str(self.folder / "cupsd.conf")]
        command += ["-s", str(self.folder / "cups-files.conf")]
        cupsd = ChildProgram(
            command, self.folder / "cupsd.log", {"CUPS_STATEDIR": str(self.folder / "state")}
        )
        await cupsd.start(lambda: _accepts(self.server))
        self._cupsd = cupsd

    async def stop(self) -> None:
        """End cupsd, as `systemctl stop cups` does."""
        cupsd, self._cupsd = self._cupsd, None
        if cupsd is not None:
            await cupsd.stop()

    async def restart(self) -> None:
        """End cupsd and start it again."""
        await self.stop()
        await self.start()

    def freeze(self, on: bool) -> None:
        """Have cupsd hang, or go on."""
        if self._cupsd is not None:
            self._cupsd.freeze(on)

    async def close(self) -> None:
        """End everything and remove the folder."""
        for printer in tuple(self.printers):
            await printer.unplug()
        await self.stop()
        bus, self._bus = self._bus, None
        if bus is not None:
            await bus.stop()
        if self.folder != Path():
            await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    async def run(self, name: str, *arguments: str) -> str:
        """Run a program of CUPS against this server and return what it says. Raises RuntimeError."""
        process = await asyncio.create_subprocess_exec(
            program(name),
            *("-h", self.server),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{name}: {said.decode(errors='replace').strip()}")
        return said.decode(errors="replace")


async def _accepts(socket: str) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    writer.transport.abort()
    return True
