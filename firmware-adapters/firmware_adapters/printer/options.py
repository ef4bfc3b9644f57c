"""What a site may set of its printers and of the CUPS that has their queues."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from firmware_adapters.adapter import Options

CUPS_SOCKET = "/run/cups/cups.sock"
IPP_USB_PORTS = tuple(range(60000, 60008))
"""ipp-usb takes the first free port from 60000 on, one for each printer."""


def _server(text: str) -> str:
    if text.startswith("/"):
        return text
    parts = urlsplit(f"//{text}")
    try:
        port = parts.port or 631
    except ValueError:
        port = 0
    if not parts.hostname or parts.path or parts.query or not port:
        raise ValueError(
            f"须为套接字路径或 主机:端口 / must be a socket's path or host:port, not {text!r}",
        )
    return text


def _printer_uri(text: str) -> str:
    parts = urlsplit(text)
    try:
        port: int | None = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in ("ipp", "ipps") or not parts.hostname or port == 0:
        raise ValueError(
            f"须为 ipp://主机[:端口]/路径，如 ipp://192.168.10.20/ipp/print / "
            f"must be like ipp://192.168.10.20/ipp/print, not {text!r}"
        )
    return text


Server = Annotated[str, StringConstraints(max_length=200), AfterValidator(_server)]
PrinterUri = Annotated[str, StringConstraints(max_length=300), AfterValidator(_printer_uri)]
QueueName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")]


class NetworkPrinter(BaseModel):
    """A driverless printer at an address; it is there while it answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    uri: PrinterUri
    queue: QueueName | None = None
    """Name of its queue; None makes one of the address."""


class CupsOptions(Options):
    """Options of the source."""

    server: Server = CUPS_SOCKET
    """Where CUPS listens: a Unix socket or `host:port`."""
    printers: Annotated[tuple[NetworkPrinter, ...], Field(max_length=50)] = ()
    """Driverless printers on the network that nobody has made a queue for."""
    make_queues: bool = True
    """Make a driverless queue for a USB printer, and for one of `printers`, that has none."""
    ipp_usb_ports: Annotated[tuple[Annotated[int, Field(gt=0, lt=65536)], ...], Field(max_length=32)] = (
        IPP_USB_PORTS
    )
    """Ports of loopback where ipp-usb may have its printers; asked only while one is plugged in."""
    poll_s: Annotated[float, Field(ge=0.1, le=60)] = 2.0
    """How often CUPS is asked for its queues; USB printers are told of by the kernel."""
    answers_within_s: Annotated[float, Field(gt=0, le=8)] = 3.0
    patience_s: Annotated[float, Field(ge=0, le=600)] = 15.0
    """The printers of a CUPS that has gone away stay listed for so long: it may just be restarting."""


class PrinterOptions(Options):
    """Options of one printer."""

    poll_s: Annotated[float, Field(ge=0.05, le=10)] = 1.0
    """How often the printer and its queue are asked; half of that while something is printed."""
    rests_after_s: Annotated[float, Field(ge=0, le=86400)] = 600.0
    """A printer at which nothing has happened for so long rests: it may go to sleep."""
    resting_poll_s: Annotated[float, Field(ge=0.05, le=600)] = 10.0
    """How often a printer that rests is asked; its queue is asked as always."""
    answers_within_s: Annotated[float, Field(gt=0, le=30)] = 5.0
    patience_s: Annotated[float, Field(ge=0, le=120)] = 5.0
    """A CUPS that is away for less is no fault: it may just be restarting."""
    heal: bool = True
    """Resume the queue when CUPS has stopped it by itself and the printer is well."""
    heals_at_most: Annotated[int, Field(ge=0, le=100)] = 5
    """After so many within ten minutes it is left alone."""
    resumed_shown_s: Annotated[float, Field(ge=0, le=600)] = 30.0
    """That a queue was resumed is told for so long."""
    media: Annotated[str, StringConstraints(max_length=100, pattern=r"^[a-z0-9._-]*$")] = "iso_a4_210x297mm"
    """What is printed on unless the order says so; empty leaves it to the queue, often US Letter."""
    page_within_s: Annotated[float, Field(ge=1, le=140)] = 90.0
    """A test page that is not out after this has failed; a cold printer warms up first."""
