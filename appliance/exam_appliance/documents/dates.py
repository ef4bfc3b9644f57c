"""Dates as Chinese offices write them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

_PARTS_OF_DAY = ((6, "凌晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))
"""Until which hour a part of the day is called so."""
_WEEKDAYS = "一二三四五六日"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zh_date(day: date) -> str:
    """Return a day such as 2026年11月25日."""
    return f"{day.year}年{day.month}月{day.day}日"


def zh_moment(moment: datetime, zone: str) -> str:
    """Return a moment in a site's zone, such as 2026年11月25日 09:30."""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{zh_date(there.date())} {there:%H:%M}"


def zh_weekday(day: date) -> str:
    """Return a day of the week, such as 星期四."""
    return f"星期{_WEEKDAYS[day.weekday()]}"


def zh_clock(moment: datetime, zone: str) -> str:
    """Return a time of day in a site's zone as notices give it: 上午9:00, 中午12:30, 下午2:00."""
    there = moment.astimezone(ZoneInfo(zone))
    part = next(name for until, name in _PARTS_OF_DAY if there.hour < until)
    hour = there.hour - 12 if there.hour > 12 else there.hour
    return f"{part}{hour}:{there:%M}"


def zh_notice(moment: datetime, zone: str) -> str:
    """Return a moment in a site's zone as notices give it: 2026年11月26日 上午9:00."""
    return f"{zh_date(moment.astimezone(ZoneInfo(zone)).date())} {zh_clock(moment, zone)}"


def en_notice(moment: datetime, zone: str) -> str:
    """Return a moment in a site's zone in English: 26 Nov 2026, 09:00."""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{there.day} {_MONTHS[there.month - 1]} {there.year}, {there:%H:%M}"
