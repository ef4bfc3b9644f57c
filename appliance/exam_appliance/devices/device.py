"""A device and what it tells, as the device daemon puts it on the wire."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from firmware_adapters.adapter import DeviceKind, DeviceState


class _Told(BaseModel):
    """Base: a daemon of a later release may say more."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class ToldReason(_Told):
    """Why a device is in its state, and what to do."""

    code: str
    zh: str
    en: str


class Device(_Told):
    """A device (设备)."""

    id: str
    kind: DeviceKind
    entry: str = ""
    zh: str
    en: str
    state: DeviceState
    reason: ToldReason | None = None
    maker: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    port: str = ""
    node: str = ""
    usb_id: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    since: AwareDatetime | None = None
    actions: tuple[str, ...] = ()
    simulated: bool = False

    @property
    def there(self) -> bool:
        """Whether it is plugged in."""
        return self.state is not DeviceState.ABSENT


class DeviceEvent(_Told):
    """Something that happened at a device."""

    device: str
    kind: DeviceKind
    name: str
    body: dict[str, Any] = Field(default_factory=dict)
    at: AwareDatetime
    blob: str = ""
    """Path of a picture at the daemon, kept for a minute or two; empty for none."""
    blob_type: str = ""


class SelfTestStep(_Told):
    """One step of a self-test."""

    name: str
    zh: str
    en: str
    passed: bool
    measured: str = ""


class SelfTest(_Told):
    """The result of a self-test (自检)."""

    at: AwareDatetime
    passed: bool
    steps: tuple[SelfTestStep, ...] = ()
    blob: str = ""
    blob_type: str = ""
