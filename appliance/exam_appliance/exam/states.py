"""The states that sessions and seats go through."""

from __future__ import annotations

from enum import StrEnum


class SessionState(StrEnum):
    """The life of a session at the site (场次状态)."""

    ANNOUNCED = "announced"
    """已通知: the centre named it, the package is not here yet"""
    DOWNLOADED = "downloaded"
    """已下载"""
    UNLOCKED = "unlocked"
    """已解密"""
    OPEN = "open"
    """开放登录"""
    RUNNING = "running"
    """考试中"""
    PAUSED = "paused"
    """全场暂停"""
    ENDED = "ended"
    """已结束"""
    SIGNED_OFF = "signed_off"
    """已签结"""
    CANCELLED = "cancelled"
    """已撤回"""


class SeatState(StrEnum):
    """State of an attempt on the board."""

    ARRANGED = "arranged"
    ABSENT = "absent"
    CHECKED_IN = "checked_in"
    SITTING = "sitting"
    PAUSED = "paused"
    SUBMITTED = "submitted"
    SCORED = "scored"
    VOIDED = "voided"
