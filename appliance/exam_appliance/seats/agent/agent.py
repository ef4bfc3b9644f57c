"""The agent at work: enter, start the browser, report, carry out orders, enter anew in time."""

from __future__ import annotations

import logging
import secrets
import shlex
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from central_sync.protocol.durable_file import write_once
from exam_appliance.seats.agent.machine_key import MachineKey, is_signed
from exam_appliance.seats.agent.report import facts, report
from exam_appliance.seats.agent.server import Away, Refused, Server

log = logging.getLogger("kaodian-seat")

AGAIN_S = 5.0
REPORT_S = 600.0
WAIT_S = 15
NEW_PROOF_S = 4 * 3600.0
"""A bound machine proves itself anew this often, so that its certificate never runs out in an exam."""


@dataclass(frozen=True)
class Options:
    """How the agent runs on this machine."""

    state: Path
    root: Path = Path("/")
    client: str = ""
    browser: Sequence[str] = ()
    """Program that shows the seat page; its address is put last. Empty: none is started."""
    outside: Sequence[str] = ()
    """What must not be reached, tried with each report: address:port."""
    shutdown: Sequence[str] = ("systemctl", "poweroff")
    reboot: Sequence[str] = ("systemctl", "reboot")
    renew: Sequence[str] = ()
    """Asks the network for an address anew: a machine that gets its seat leaves the waiting pool at once."""


@dataclass
class Agent:
    """One machine's agent. `run` goes on until the process is told to end."""

    server: Server
    key: MachineKey
    options: Options
    _authority: str = ""
    _browser: subprocess.Popen[bytes] | None = None
    _shows_refused: bool = False
    _shown_from: str = ""
    """This machine's address when the browser was started: the server admits a machine at one address."""
    _entered_at: float = 0.0
    _entered_from: str = ""
    _bound: bool = False
    _reported_at: float = 0.0

    def run(self) -> None:
        """Work; whatever the server does, go on trying."""
        try:
            while True:
                try:
                    self._turn()
                except Away as trouble:
                    log.warning("%s", trouble)
                    time.sleep(AGAIN_S)
                except Refused as refused:
                    log.warning("%s", refused)
                    if not self._entered_at:
                        self._show(f"#refused={quote(str(refused))}")
                    elif refused.status == 401:
                        self._entered_at = 0.0
                    time.sleep(AGAIN_S)
        finally:
            if self._browser is not None and self._browser.poll() is None:
                self._browser.terminate()

    def _turn(self) -> None:
        now = time.monotonic()
        old = self._bound and now - self._entered_at > NEW_PROOF_S
        # The server admits a machine at one address.
        moved = self.server.own_address() not in (self._entered_from, "")
        if not self._entered_at or old or moved:
            self._enter()
        self._show("")
        # Before it has its seat, a machine has an address of the waiting pool.
        if self._bound and (not self._reported_at or now - self._reported_at > REPORT_S):
            told = report(self.options.root, self.key.machine, self.options.client, self.options.outside)
            self.server.post("/api/seat/machine", told)
            self._reported_at = now
        nonce = secrets.token_urlsafe(16)
        answer = self.server.get(f"/api/seat/orders?nonce={nonce}&wait={WAIT_S}", WAIT_S + 15)
        standing = answer["standing"]
        if standing == "gone" or (standing == "bound") != self._bound:
            # Its seat came or went, or the server began anew: a proof brings certificate or code.
            self._entered_at = 0.0
        elif answer["order"] is not None:
            self._obey(answer["order"], nonce)

    def _enter(self) -> None:
        self._entered_from = self.server.own_address()
        challenge = self.server.get("/api/seat/challenge")["challenge"]
        said = f"kaodian seat 1\n{challenge}\n{self.key.machine}".encode()
        told = self.server.post(
            "/api/seat/enter",
            {
                "challenge": challenge,
                "public_key": self.key.text,
                "signature": self.key.sign(said),
                "kept": "tpm" if self.key.in_tpm else "disk",
                "facts": facts(self.options.root),
                "certificate": True,
            },
        )
        self._trust(str(told["authority"]))
        self.server.token = told["token"]
        was_bound, self._bound = self._bound, told["place"] is not None
        self._entered_at = time.monotonic()
        self._reported_at = 0.0
        if told["certificate"]:
            (self.options.state / "certificate.pem").write_text(told["certificate"])
        log.info("%s", told["place"]["zh"] if told["place"] else f"等候绑定，代码 {told['code']}")
        if self._bound and not was_bound and self.options.renew:
            subprocess.run([*self.options.renew], check=False, capture_output=True)

    def _trust(self, authority: str) -> None:
        """Keep the authority seen first: an order of another one is not carried out."""
        kept = self.options.state / "authority.pem"
        if not kept.exists():
            write_once(kept, authority.encode(), mode=0o644)
        self._authority = kept.read_text()
        if self._authority != authority:
            log.warning("服务器的座位密钥已更换，删除 %s 后才接受其指令 / another authority", kept)

    def _show(self, refused: str) -> None:
        """Have the seat page on the screen: with a ticket, or with why this machine is refused."""
        if not self.options.browser:
            return
        here = self.server.own_address()
        if self._browser is not None and self._browser.poll() is None:
            if self._shows_refused == bool(refused) and here in (self._shown_from, ""):
                return
            self._browser.terminate()
            self._browser.wait()
        part = refused or f"#ticket={self.server.post('/api/seat/ticket', {})['ticket']}"
        self._browser = subprocess.Popen([*self.options.browser, f"{self.server.url}/seat/{part}"])
        self._shows_refused, self._shown_from = bool(refused), here

    def _obey(self, order: dict[str, Any], nonce: str) -> None:
        what = order["what"]
        said = f"kaodian seat order 1\n{order['id']}\n{self.key.machine}\n{what}\n{nonce}".encode()
        path = f"/api/seat/orders/{order['id']}"
        if not is_signed(self._authority, said, order["signature"]):
            self.server.post(path, {"outcome": "failed", "detail": "签名不符 / the signature is wrong"})
            return
        command = self.options.shutdown if what == "shutdown" else self.options.reboot
        log.info("%s: %s", what, shlex.join(command))
        # Told first: a machine that goes down tells nothing any more.
        self.server.post(path, {"outcome": "taken", "detail": ""})
        done = subprocess.run([*command], check=False, capture_output=True)
        if done.returncode != 0:
            log.error("%s: %s", shlex.join(command), done.stderr.decode(errors="replace").strip())
