"""Safe Exam Browser (SEB) for Windows rooms: the configuration of a session and the key that proves it.

Config Key and request header as the makers of SEB document them: "Config Key", Safe Exam Browser developer
documentation, https://safeexambrowser.org/developer/seb-config-key.html . The settings without
`originatorVersion` are written as "SEB-JSON": no white space, no escaping (backslashes neither), keys of
all dictionaries in order without regard to case, empty dictionaries left out, data in Base64, dates in
ISO 8601. The Config Key is the SHA-256 of that text, hex. SEB sends with each request the SHA-256 of the
URL without fragment followed by the Config Key, in X-SafeExamBrowser-ConfigKeyHash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import plistlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

HEADER = "X-SafeExamBrowser-ConfigKeyHash"
MEDIA_TYPE = "application/seb"
_QUIT_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
_QUIT_LENGTH = 12


def seb_json(settings: Mapping[str, Any]) -> str:
    """Return settings as SEB-JSON. Raises TypeError for what a property list cannot hold."""
    return _written({key: value for key, value in settings.items() if key != "originatorVersion"})


def config_key(settings: Mapping[str, Any]) -> str:
    """Return the Config Key of settings, hex."""
    return hashlib.sha256(seb_json(settings).encode()).hexdigest()


def request_hash(url: str, key: str) -> str:
    """Return what SEB sends with a request for an absolute URL."""
    return hashlib.sha256((url.partition("#")[0] + key).encode()).hexdigest()


def is_right(url: str, sent: str, key: str) -> bool:
    """Tell whether a request for a URL comes from a SEB with these settings."""
    return hmac.compare_digest(sent.strip().lower().encode(), request_hash(url, key).encode())


def quit_password(secret: bytes) -> str:
    """Return the password that ends SEB, made from a secret of the session."""
    number = int.from_bytes(secret, "big")
    letters = []
    for _ in range(_QUIT_LENGTH):
        number, at = divmod(number, len(_QUIT_LETTERS))
        letters.append(_QUIT_LETTERS[at])
    return "".join(letters)


def session_settings(origin: str, session: str, password: str) -> dict[str, Any]:
    """Return the settings of a session: this server alone, nothing beside the exam, ended by password.

    `origin` is such as https://exam.kaodian.internal . The start page names the session, so that each
    session has a key of its own.
    """
    host = origin.partition("://")[2]
    return {
        "originatorVersion": "Kaodian",
        "sebConfigPurpose": 0,
        "startURL": f"{origin}/seat/?session={session}",
        "sendBrowserExamKey": True,
        "allowQuit": True,
        "hashedQuitPassword": hashlib.sha256(password.encode()).hexdigest(),
        "ignoreExitKeys": True,
        "createNewDesktop": True,
        "killExplorerShell": False,
        "monitorProcesses": True,
        "allowSwitchToApplications": False,
        "allowScreenSharing": False,
        "allowVirtualMachine": False,
        "allowWlan": False,
        "allowDisplayMirroring": False,
        "allowedDisplaysMaxNumber": 1,
        # The picture at the seat needs the camera.
        "allowVideoCapture": True,
        "allowAudioCapture": False,
        "browserViewMode": 1,
        "showTaskBar": True,
        "showTime": False,
        "showReloadButton": True,
        "showInputLanguage": True,
        "browserWindowAllowReload": True,
        "showReloadWarning": False,
        "enableRightMouse": False,
        "enablePrintScreen": False,
        "enableJavaScript": True,
        "enablePlugIns": False,
        "enableZoomPage": True,
        "allowBrowsingBackForward": False,
        "newBrowserWindowByLinkPolicy": 0,
        "newBrowserWindowByScriptPolicy": 0,
        "allowDownUploads": False,
        "allowDeveloperConsole": False,
        "allowSpellCheck": False,
        "allowDictation": False,
        "allowPreferencesWindow": False,
        # The machine's key is kept in the browser's profile and must outlive the exam.
        "removeBrowserProfile": False,
        "removeLocalStorage": False,
        "examSessionClearCookiesOnStart": False,
        "examSessionClearCookiesOnEnd": False,
        "URLFilterEnable": True,
        "URLFilterEnableContentFilter": True,
        "URLFilterRules": [{"action": 1, "active": True, "expression": f"{host}/*", "regex": False}],
    }


def property_list(settings: Mapping[str, Any]) -> bytes:
    """Return settings as a .seb file: a property list in XML, not encrypted."""
    return plistlib.dumps(dict(settings), sort_keys=True)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bytes):
        return f'"{base64.b64encode(value).decode()}"'
    if isinstance(value, datetime):
        moment = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        return f'"{moment.astimezone(UTC).isoformat(timespec="seconds")}"'
    if isinstance(value, Mapping):
        kept = [(key, one) for key, one in value.items() if not (isinstance(one, Mapping) and not one)]
        kept.sort(key=lambda entry: (entry[0].lower(), entry[0].swapcase()))
        return "{" + ",".join(f'"{key}":{_written(one)}' for key, one in kept) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_written(one) for one in value) + "]"
    raise TypeError(f"a property list of SEB holds no {type(value).__name__}")
