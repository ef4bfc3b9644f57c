"""Safe Exam Browser: the text under the Config Key, the header, the file of a session."""

from __future__ import annotations

import hashlib
import plistlib
import random
from datetime import UTC, datetime

import pytest

from exam_appliance.seats.safe_exam_browser import (
    config_key,
    is_right,
    property_list,
    quit_password,
    request_hash,
    seb_json,
    session_settings,
)

DOCUMENTED_ORDER = (
    "additionalResources",
    "allowAirPlay",
    "allowDownUploads",
    "allowedDisplayBuiltin",
    "allowedDisplaysMaxNumber",
    "allowFlashFullscreen",
    "allowWlan",
    "blacklistURLFilter",
    "browserURLSalt",
    "browserUserAgent",
    "browserUserAgentMac",
    "browserUserAgentMacCustom",
    "enableF1",
    "enableF10",
    "enableF11",
    "enableF2",
    "examKeySalt",
    "exitKey1",
    "logLevel",
    "oskBehavior",
    "proxies",
    "sebMode",
    "touchOptimized",
    "URLFilterEnable",
    "URLFilterEnableContentFilter",
    "URLFilterMessage",
    "urlFilterRegex",
    "URLFilterRules",
    "urlFilterTrustedContent",
    "whitelistURLFilter",
    "zoomMode",
)
"""Names in the order of the example in the makers' documentation of the Config Key."""


def test_names_come_in_the_documented_order_whatever_their_case() -> None:
    names = list(DOCUMENTED_ORDER)
    random.Random(4).shuffle(names)
    text = seb_json(dict.fromkeys(names, 0))
    assert text == "{" + ",".join(f'"{name}":0' for name in DOCUMENTED_ORDER) + "}"


def test_every_kind_of_value_is_written_as_documented() -> None:
    settings = {
        "originatorVersion": "SEB_Win_3.7",
        "whitelistURLFilter": r"^.*?:\/\/exam\.site$",
        "startURL": 'https://考点.cn/"x"/é',
        "examKeySalt": b"\x00\x01\xfe\xff",
        "made": datetime(2026, 11, 26, 7, 30, tzinfo=UTC),
        "allowQuit": True,
        "allowWlan": False,
        "exitKey1": 2,
        "none": {},
        "rules": [{"regex": False, "action": 1, "empty": {}}, []],
    }
    expected = (
        '{"allowQuit":true,"allowWlan":false,"examKeySalt":"AAH+/w==","exitKey1":2,'
        '"made":"2026-11-26T07:30:00+00:00","rules":[{"action":1,"regex":false},[]],'
        '"startURL":"https://考点.cn/"x"/é","whitelistURLFilter":"^.*?:\\/\\/exam\\.site$"}'
    )
    assert seb_json(settings) == expected
    assert config_key(settings) == hashlib.sha256(expected.encode()).hexdigest()
    with pytest.raises(TypeError):
        seb_json({"half": 0.5})


def test_the_version_of_the_writer_does_not_change_the_key() -> None:
    settings = session_settings("https://exam.site", "S1", "secret")
    other = {**settings, "originatorVersion": "SEB_Win_3.8"}
    assert config_key(settings) == config_key(other)
    assert config_key(settings) != config_key({**settings, "allowQuit": False})


def test_the_header_is_of_the_url_without_its_fragment() -> None:
    settings = session_settings("https://exam.site", "S1", "secret")
    key = config_key(settings)
    url = "https://exam.site/api/candidate/state?x=1"
    sent = hashlib.sha256((url + key).encode()).hexdigest()
    assert request_hash(f"{url}#part", key) == sent
    assert is_right(url, sent.upper(), key)
    assert not is_right(f"{url}2", sent, key)
    assert not is_right(url, "", key)
    assert not is_right(url, "错", key)


def test_each_session_has_a_file_and_a_key_of_its_own_that_survive_the_way_through_xml() -> None:
    one = session_settings("https://exam.site", "S1", quit_password(b"\x01" * 32))
    two = session_settings("https://exam.site", "S2", quit_password(b"\x02" * 32))
    assert config_key(one) != config_key(two)
    file = property_list(one)
    assert file.startswith(b"<?xml")
    assert config_key(plistlib.loads(file)) == config_key(one)
    assert one["startURL"] == "https://exam.site/seat/?session=S1"
    assert one["URLFilterRules"][0]["expression"] == "exam.site/*"
    assert one["sendBrowserExamKey"] is True
    password = quit_password(b"\x01" * 32)
    assert len(password) == 12
    assert one["hashedQuitPassword"] == hashlib.sha256(password.encode()).hexdigest()
