"""Why a machine is refused, in words that say what to do next."""

from __future__ import annotations

from central_sync.protocol.http.problems import Problem
from exam_appliance.seats.bound import BoundSeat
from exam_appliance.seats.places import Place


def not_entered() -> Problem:
    """Return the problem of a signature that does not hold."""
    return Problem(
        "denied",
        "seat.signature",
        "签名与公钥不符，请重启本机后重试",
        "the signature does not belong to the key: start this machine again",
        status=401,
    )


def not_known() -> Problem:
    """Return the problem of a token or certificate that does not speak for this machine now."""
    return Problem(
        "denied",
        "seat.not_known",
        "本机尚未通过认证，或认证已过期，请打开座位页面重新认证",
        "this machine is not admitted, or not any more: open the seat page",
        status=401,
        more={"seat_page": "/seat/"},
    )


def wrong_certificate() -> Problem:
    """Return the problem of a certificate that is over, of another address, or not the newest."""
    return Problem(
        "denied",
        "seat.certificate",
        "本机证书已过期、已作废，或不是在本机签发的，请重启本机重新认证",
        "this machine's certificate is over, void or another machine's: start the machine again",
        status=401,
        more={"seat_page": "/seat/"},
    )


def not_bound() -> Problem:
    """Return the problem of a machine without a seat."""
    return Problem(
        "denied",
        "seat.not_bound",
        "本机没有绑定座位，不能打开考试页面，请技术员在控制台“设备—考生机”中绑定",
        "this machine has no seat: a technician binds it at the console, Devices - Seats",
        more={"seat_page": "/seat/"},
    )


def cloned(place: Place) -> Problem:
    """Return the problem of a key that another machine has as well."""
    return Problem(
        "conflict",
        "seat.cloned",
        f"本机的密钥与{place.zh}座位相同，但网卡和主板不同，可能是克隆了硬盘；请删除本机的座位密钥后重启",
        f"this machine holds the key of {place.en}, yet is another machine: a copied disk? "
        "delete the seat key here and start again",
    )


def elsewhere(address: str) -> Problem:
    """Return the problem of a key that is in use at another address at the same time."""
    return Problem(
        "conflict",
        "seat.elsewhere",
        f"本机的密钥正在 {address} 使用，两台机器不能使用同一密钥；如刚更换地址，请 20 秒后重试",
        f"this machine's key is in use at {address}; if the address has just changed, try in 20 seconds",
    )


def too_many_wait() -> Problem:
    """Return the problem of a waiting list that is full."""
    return Problem(
        "busy", "seat.too_many_wait", "等候绑定的机器过多，请稍后再试", "too many machines wait; try later"
    )


def no_such_code(code: str) -> Problem:
    """Return the problem of a code that no machine shows."""
    return Problem(
        "missing",
        "seat.no_code",
        f"没有机器显示代码 {code}，请核对屏幕上的代码，并确认该机已开机",
        f"no machine shows {code}: compare it with the screen, and see that the machine is on",
        fields=(("code", "没有机器显示此代码", "no machine shows this code"),),
    )


def seat_taken(place: Place, by: BoundSeat) -> Problem:
    """Return the problem of a seat that another machine has."""
    named = " ".join(part for part in (by.vendor, by.product) if part) or by.address
    macs = ", ".join(by.macs)
    return Problem(
        "conflict",
        "seat.taken",
        f"{place.zh}座位已绑定另一台机器（{named}{f'，{macs}' if macs else ''}）；如要更换机器，请选择“更换”",
        f"{place.en} is bound to another machine ({named}{f', {macs}' if macs else ''}); "
        "to put this one in its place, choose to replace it",
    )


def seat_free(place: Place) -> Problem:
    """Return the problem of a seat without a machine."""
    return Problem("missing", "seat.free", f"{place.zh}没有绑定机器", f"{place.en} has no machine bound")


def has_another_seat(place: Place) -> Problem:
    """Return the problem of a machine that has a seat already."""
    return Problem(
        "conflict",
        "seat.has_another",
        f"该机器已绑定{place.zh}座位；如要换到这里，请选择“更换”",
        f"this machine has {place.en}; to move it here, choose to replace",
    )
