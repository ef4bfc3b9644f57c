"""The UPSes that NUT servers have."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from types import MappingProxyType
from typing import ClassVar, Final, cast

from firmware_adapters.adapter import Options
from firmware_adapters.power import reasons
from firmware_adapters.power.nut_client import NutAddress, NutClient, NutRefused, NutSilent, NutUnreachable
from firmware_adapters.power.nut_lines import NutGarbled
from firmware_adapters.power.options import NutOptions
from firmware_adapters.sighting import Sighting
from firmware_adapters.source import Source, SourceFault

log = logging.getLogger(__name__)

SUBSYSTEM: Final = "nut"
SERVER_PROPERTY: Final = "NUT_SERVER"
UPS_PROPERTY: Final = "NUT_UPS"

Names = dict[str, str]
"""UPS -> description."""


class NutSource(Source):
    """Shows every UPS of every server as a sighting.

    A server that was never there has none: most machines without a UPS have no NUT. One that was there and
    stays away is a fault.
    """

    name: ClassVar[str] = "nut"
    options_model: ClassVar[type[Options]] = NutOptions

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._options = cast("NutOptions", options)
        self._clients = [
            NutClient(NutAddress.parse(server), timeout_s=self._options.answers_within_s)
            for server in self._options.servers
        ]
        self._known: dict[str, Names] = {}
        """Server -> what it told last; absent until it has answered."""
        self._heard_at: dict[str, float] = {}
        self._arrivals: dict[str, int] = {}
        self._shown: dict[str, Sighting] = {}

    async def list(self) -> Sequence[Sighting]:
        """See Source."""
        found: dict[str, Sighting] = {}
        all_names = await asyncio.gather(*(self._names_of(client) for client in self._clients))
        for client, names in zip(self._clients, all_names, strict=True):
            for ups, description in names.items():
                sighting = self._sighting(client.address, ups, description)
                found[sighting.key] = sighting
        self._shown = found
        return list(found.values())

    async def changed(self) -> None:
        """See Source; upsd tells nobody, so it is asked."""
        before = self._shown
        while True:
            await asyncio.sleep(self._options.poll_s)
            await self.list()
            if self._shown != before:
                return

    async def close(self) -> None:
        """See Source."""
        for client in self._clients:
            await client.close()

    async def _names_of(self, client: NutClient) -> Names:
        server = str(client.address)
        now = asyncio.get_running_loop().time()
        try:
            names = await client.ups_names()
        except NutRefused as refused:
            raise SourceFault(reasons.DENIED, f"{server}: {refused}") from refused
        except NutGarbled as garbled:
            raise SourceFault(reasons.GARBLED, f"{server}: {garbled}") from garbled
        except NutUnreachable as away:
            if server in self._known:
                if now - self._heard_at[server] <= self._options.patience_s:
                    return self._known[server]
                raise SourceFault(reasons.UPSD_DOWN, f"{server}: {away}") from away
            if isinstance(away, NutSilent):
                raise SourceFault(reasons.UPSD_SILENT, f"{server}: {away}") from away
            return {}
        self._known[server], self._heard_at[server] = names, now
        return names

    def _sighting(self, address: NutAddress, ups: str, description: str) -> Sighting:
        key = f"nut:{ups}@{address}"
        if key not in self._shown:
            self._arrivals[key] = self._arrivals.get(key, 0) + 1
        return Sighting(
            key=key,
            subsystem=SUBSYSTEM,
            node=f"{ups}@{address}",
            model="" if description == "Unavailable" else description,
            port=f"{ups}@{address}",
            properties=MappingProxyType({SERVER_PROPERTY: str(address), UPS_PROPERTY: ups}),
            arrival=self._arrivals[key],
        )
