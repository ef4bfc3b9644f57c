"""The verification desks (核验台, mode 2 of the standard): a reader's card starts it, a seat slip ends it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from central_sync.protocol.http.problems import Problem
from central_sync.protocol.roster import masked_id
from exam_appliance.devices.daemon_line import device_path
from exam_appliance.devices.devices import Devices
from exam_appliance.devices.fan_out import Subscription
from exam_appliance.documents.job import PrintJob
from exam_appliance.documents.kinds import DocumentKind as PaperKind
from exam_appliance.documents.kinds import SeatSlip
from exam_appliance.documents.printing import Prints
from exam_appliance.exam.floor import SiteFacts
from exam_appliance.exam.hall import Hall
from exam_appliance.identity.desk_document import document_read
from exam_appliance.identity.facts import DocumentFacts, Place
from exam_appliance.identity.verification import Verification
from exam_appliance.identity.verifying import Verifying
from firmware_adapters.interface import DeviceEvent

log = logging.getLogger(__name__)

BY_READER: Final = "desk"
"""Who acts when a card is laid on the reader."""
STILL_WITHIN_S: Final = 6.0
CardState = Literal["none", "reading", "read", "unreadable"]
Served = Callable[[str, str], Awaitable[object]]
"""Told (admission ticket, actor) once somebody is verified: the queue goes on."""


@dataclass(slots=True)
class Desk:
    """One desk as it stands."""

    id: str
    card: CardState = "none"
    verification: str = ""
    """The person before the desk, empty for none."""
    slip: str = ""
    """Print job of the slip."""
    zh: str = ""
    en: str = ""
    """What went wrong at the desk itself."""
    seq: int = 0
    pages: set[asyncio.Event] = field(default_factory=set)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Desks:
    """All desks of the site. Methods belong to the event loop's thread."""

    def __init__(
        self,
        verifying: Verifying,
        devices: Devices,
        printing: Prints,
        hall: Hall,
        site: Callable[[], SiteFacts],
        served: Served | None = None,
    ) -> None:
        self.verifying = verifying
        self.run = secrets.token_hex(8)
        self.closed = False
        self._devices = devices
        self._printing = printing
        self._hall = hall
        self._site = site
        self._served = served
        self._desks: dict[str, Desk] = {}
        self._following: dict[str, tuple[Subscription, asyncio.Task[None]]] = {}
        self._stops = (
            verifying.book.listen(self._verification_changed),
            devices.live.listen(lambda change: self._wake_all()),
        )

    def start(self) -> None:
        """Begin to wait for cards at every desk there is."""
        for station in self.stations():
            self.desk(station)

    async def stop(self) -> None:
        """End waiting."""
        for stop in self._stops:
            stop()
        for subscription, task in self._following.values():
            subscription.close()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._following.clear()

    def hang_up(self) -> None:
        """End the pages' streams."""
        self.closed = True
        self._wake_all()

    def stations(self) -> list[str]:
        """Return the ids of the site's desks."""
        return [one.id for one in self._devices.bindings.present() if one.kind.name == "desk"]

    def desk(self, desk: str) -> Desk:
        """Return a desk; from then on its reader is listened to. Raises Problem `identity.no_desk`."""
        if desk not in self.stations():
            raise Problem("missing", "identity.no_desk", f"没有核验台 {desk}", f"there is no desk {desk}")
        if desk not in self._desks:
            self._desks[desk] = Desk(desk)
            subscription = self._devices.events(f"{desk}.reader")
            task = asyncio.create_task(self._follow(self._desks[desk], subscription))
            self._following[desk] = (subscription, task)
        return self._desks[desk]

    def device(self, desk: str, role: str) -> str:
        """Return the device that has a role of the desk and is plugged in, empty for none."""
        for bound in self._devices.bindings.of_role(f"{desk}.{role}"):
            if self._devices.live.there(bound.device):
                return bound.device
        return ""

    async def by_hand(self, desk: str, document: DocumentFacts, ticket: str, actor: str) -> Verification:
        """Begin with what a person typed. Raises Problem."""
        one = self.desk(desk)
        async with one.turn:
            return await self._begun(one, document, b"", ticket, actor)

    async def look(self, desk: str, picture: bytes, actor: str) -> Verification:
        """Take the picture of the desk PC's camera. Raises Problem `picture.*`, `identity.nobody`."""
        one = self.desk(desk)
        async with one.turn:
            return await self._looked(one, picture, actor)

    async def shoot(self, desk: str, actor: str) -> Verification:
        """Take a picture with the server's camera of the desk. Raises Problem."""
        one = self.desk(desk)
        async with one.turn:
            return await self._looked(one, await self.frame(desk, "still"), actor)

    async def frame(self, desk: str, action: Literal["still", "live"]) -> bytes:
        """Return a picture of the desk's camera at the server. Raises Problem `identity.no_camera`."""
        camera = self.device(desk, "camera")
        if not camera:
            raise Problem(
                "not_ready",
                "identity.no_camera",
                "核验台没有可用的摄像头，请在“设备”页绑定，或使用本机摄像头",
                "the desk has no camera: bind one, or use the one of this computer",
            )
        told = await self._devices.daemon.post(
            device_path(camera, f"/actions/{action}"), {}, within_s=STILL_WITHIN_S
        )
        if not told.get("blob"):
            raise Problem("not_ready", "camera.no_frame", "还没有画面，请稍候", "there is no frame yet")
        picture, _ = await self._devices.daemon.blob(told["blob"])
        return picture

    async def settle(
        self,
        desk: str,
        verification: str,
        verdict: Literal["pass", "refuse"],
        reason: str,
        actor: str,
        second: str,
    ) -> Verification:
        """Write down what a person decided about the one before the desk. Raises Problem."""
        one = self.desk(desk)
        async with one.turn:
            if one.verification != verification:
                raise Problem(
                    "conflict",
                    "identity.another",
                    "核验台前已是另一名考生，请刷新",
                    "another person is before the desk now",
                )
            settled = await self.verifying.settle(verification, verdict, reason, actor, second)
            return await self._finished(one, settled, actor)

    def clear(self, desk: str) -> None:
        """Make the desk free for the next person."""
        one = self.desk(desk)
        one.verification = one.slip = one.zh = one.en = ""
        one.card = "none"
        self._wake(one)

    async def _follow(self, desk: Desk, subscription: Subscription) -> None:
        async for event in subscription:
            try:
                async with desk.turn:
                    await self._happened(desk, event)
            except Problem as problem:
                desk.zh, desk.en = problem.zh, problem.en
                self._wake(desk)
            except Exception:
                # One card that nobody foresaw must not close the desk for all who follow.
                log.exception("核验台出错 / a desk failed: %s", desk.id)
                desk.zh, desk.en = "读取出错，请重新放置证件", "reading failed: lay the document again"
                self._wake(desk)

    async def _happened(self, desk: Desk, event: DeviceEvent) -> None:
        if event.name == "card.laid":
            self.clear(desk.id)
            desk.card = "reading"
        elif event.name == "card.unreadable":
            reason = event.body.get("reason")
            told = reason if isinstance(reason, dict) else {}
            desk.card = "unreadable"
            desk.zh = str(told.get("zh") or "证件无法读取，请重新放置或手工录入")
            desk.en = str(told.get("en") or "the document cannot be read: lay it again or type it in")
        elif event.name == "card.read":
            told_document = event.body.get("document")
            document = document_read(told_document if isinstance(told_document, dict) else {})
            picture = b""
            if event.blob:
                with contextlib.suppress(Problem):
                    picture, _ = await self._devices.daemon.blob(event.blob)
            desk.card = "read"
            await self._begun(desk, document, picture, "", BY_READER)
            if self.device(desk.id, "camera"):
                await self._looked(desk, await self.frame(desk.id, "still"), BY_READER)
        self._wake(desk)

    async def _begun(
        self, desk: Desk, document: DocumentFacts, card_picture: bytes, ticket: str, actor: str
    ) -> Verification:
        desk.slip = desk.zh = desk.en = ""
        one = await self.verifying.begin(
            Place.DESK, desk.id, actor, document, ticket=ticket, card_picture=card_picture
        )
        desk.verification = one.id
        self._wake(desk)
        return one

    async def _looked(self, desk: Desk, picture: bytes, actor: str) -> Verification:
        if not desk.verification:
            raise Problem(
                "conflict",
                "identity.nobody",
                "请先读取证件，再拍照",
                "read a document before the picture is taken",
            )
        one = await self.verifying.look(desk.verification, picture, actor)
        desk.zh = desk.en = ""
        return await self._finished(desk, one, actor)

    async def _finished(self, desk: Desk, one: Verification, actor: str) -> Verification:
        if one.passed:
            one = await self.verifying.give_seat(one.id, actor)
            try:
                desk.slip = (await self._slip(desk, one, actor)).id
            except Problem as problem:
                # Verified is verified: the seat is on the screen, and the console tells of the printer.
                desk.zh, desk.en = problem.zh, problem.en
            if self._served is not None:
                try:
                    await self._served(one.ticket, actor)
                except Problem as problem:
                    desk.zh, desk.en = problem.zh, problem.en
        self._wake(desk)
        return one

    async def _slip(self, desk: Desk, one: Verification, actor: str) -> PrintJob:
        candidate = self._hall.unlocked(one.session).roster[one.ticket]
        _, plan = self._hall.planned(one.session)
        site = self._site()
        slip = SeatSlip(
            site=site.name[:120],
            time_zone=site.time_zone,
            session=plan.title,
            starts_at=plan.starts_at,
            name=candidate.name,
            id_number=masked_id(candidate.id_number),
            ticket=one.ticket,
            room=one.room,
            seat=one.seat,
            # When the verification began: the same slip must not be printed twice.
            verified_at=datetime.fromisoformat(one.at),
        )
        role = f"{desk.id}.slips"
        return await self._printing.print(
            PaperKind.SEAT_SLIP,
            one.ticket,
            slip,
            role,
            actor,
            session=one.session,
            title=f"{candidate.name} {one.room} {one.seat}",
        )

    def _verification_changed(self, one: Verification) -> None:
        for desk in self._desks.values():
            if desk.verification == one.id:
                self._wake(desk)

    def _wake_all(self) -> None:
        for desk in self._desks.values():
            self._wake(desk)

    def _wake(self, desk: Desk) -> None:
        desk.seq += 1
        for woken in desk.pages:
            woken.set()
