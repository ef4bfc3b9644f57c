"""What an error of the operating system means for a scanner. Pure."""

from __future__ import annotations

import errno
from typing import Final

from firmware_adapters.adapter import DeviceFault, DeviceGone
from firmware_adapters.scanner import reasons

_GONE: Final = frozenset({errno.ENODEV, errno.ENOENT, errno.ENXIO, errno.EIO, errno.ESHUTDOWN, errno.EBADF})


def opening_fault(trouble: OSError) -> DeviceFault | DeviceGone:
    """Return why a scanner cannot be opened."""
    if trouble.errno in _GONE:
        return DeviceGone(str(trouble))
    if trouble.errno in (errno.EACCES, errno.EPERM):
        return DeviceFault(reasons.NO_PERMISSION, str(trouble))
    if trouble.errno in (errno.EBUSY, errno.EAGAIN):
        return DeviceFault(reasons.PORT_BUSY, str(trouble))
    if trouble.errno == errno.EINVAL:
        return DeviceFault(reasons.LINE_SETTINGS, str(trouble))
    return DeviceFault(reasons.CANNOT_OPEN, str(trouble))


def reading_fault(trouble: OSError) -> DeviceFault | DeviceGone:
    """Return what it means that reading failed: unplugged, or a line in trouble."""
    if trouble.errno in _GONE:
        return DeviceGone(str(trouble))
    return DeviceFault(reasons.LINE_ERROR, str(trouble))
