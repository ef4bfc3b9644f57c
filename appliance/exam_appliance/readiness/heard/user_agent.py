"""What a browser tells of itself in its User-Agent header (RFC 9110, section 10.1.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class BrowserFacts:
    """Engine and system of a browser; empty or None where the header does not tell."""

    engine: Literal["chromium", "firefox", ""]
    version: int | None
    """Major version of the engine."""
    system_id: str
    """`windows`, an id of os-release, `linux` for one that does not say which, or empty."""
    system_version: str
    bits: Literal[32, 64] | None

    @property
    def shown(self) -> str:
        """Engine and version for people."""
        name = {"chromium": "Chromium", "firefox": "Firefox", "": ""}[self.engine]
        return f"{name} {self.version}" if name and self.version is not None else ""


_CHROMIUM = re.compile(r"\bChrom(?:e|ium)/(\d{1,6})")
_FIREFOX = re.compile(r"\bFirefox/(\d{1,6})")
_WINDOWS = re.compile(r"\bWindows NT (\d{1,3}\.\d{1,3})")
_DOMESTIC = re.compile(r"\b(UOS|Kylin|deepin|openKylin|NFSChina|Loongnix)\b", re.IGNORECASE)
_WIDE = re.compile(r"\b(Win64|WOW64|x86_64|x64|amd64|aarch64|loongarch64|mips64)\b", re.IGNORECASE)
_NARROW = re.compile(r"\b(i[3-6]86|armv7l)\b")


def browser_facts(header: str) -> BrowserFacts:
    """Return what a User-Agent header tells; any text is taken."""
    header = header[:1000]
    chromium, firefox = _CHROMIUM.search(header), _FIREFOX.search(header)
    windows, domestic = _WINDOWS.search(header), _DOMESTIC.search(header)
    engine: Literal["chromium", "firefox", ""] = "chromium" if chromium else "firefox" if firefox else ""
    told = chromium or firefox
    if windows:
        system, version = "windows", windows[1]
    elif domestic:
        system, version = domestic[1].lower(), ""
    else:
        system, version = ("linux" if "Linux" in header else ""), ""
    bits: Literal[32, 64] | None = None
    if _WIDE.search(header):
        bits = 64
    elif windows or _NARROW.search(header):
        # Windows of 64 bit always says Win64, or WOW64 for a browser of 32 bit.
        bits = 32
    return BrowserFacts(engine, int(told[1]) if told else None, system, version, bits)
