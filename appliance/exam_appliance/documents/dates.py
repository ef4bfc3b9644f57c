"""Dates as Chinese offices write them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def zh_date(day: date) -> str:
    """Return a day such as 2026年11月25日."""
    return f"{day.year}年{day.month}月{day.day}日"


def zh_moment(moment: datetime, zone: str) -> str:
    """Return a moment in a site's zone, such as 2026年11月25日 09:30."""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{zh_date(there.date())} {there:%H:%M}"
