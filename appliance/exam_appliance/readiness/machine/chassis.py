"""What kind of box the machine is in (DMI, SMBIOS specification DSP0134, type 3)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exam_appliance.readiness.machine.files import number, text

RACK = frozenset({23, 25, 28, 29})
"""Rack mount, multi-system, blade, blade enclosure."""
OTHER_BOX = frozenset({3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 24, 30, 31, 32, 34, 35, 36})
"""Desktops, towers, portable and small computers."""
NAMES = {
    3: ("台式机", "desktop"),
    4: ("薄型台式机", "low-profile desktop"),
    6: ("小型塔式机", "mini tower"),
    7: ("塔式机", "tower"),
    8: ("便携机", "portable"),
    9: ("笔记本电脑", "laptop"),
    10: ("笔记本电脑", "notebook"),
    13: ("一体机", "all in one"),
    17: ("服务器机箱", "main server chassis"),
    23: ("机架式", "rack mount"),
    25: ("多节点机箱", "multi-system chassis"),
    28: ("刀片", "blade"),
    29: ("刀片机箱", "blade enclosure"),
    35: ("迷你主机", "mini PC"),
}
_VIRTUAL = ("qemu", "kvm", "vmware", "virtualbox", "innotek", "xen", "bochs", "microsoft corporation virtual")


@dataclass(frozen=True, slots=True)
class Chassis:
    """The box; texts are empty and the type None where DMI does not tell."""

    type: int | None
    maker: str
    product: str
    virtual: bool

    @property
    def named(self) -> str:
        """Maker and product for people."""
        return " ".join(part for part in (self.maker, self.product) if part)


def chassis(root: Path) -> Chassis:
    """Return what DMI tells of the box."""
    folder = root / "sys/class/dmi/id"
    maker, product = text(folder / "sys_vendor"), text(folder / "product_name")
    told = f"{maker} {product}".lower()
    return Chassis(
        type=number(folder / "chassis_type"),
        maker=maker,
        product=product,
        virtual=any(name in told for name in _VIRTUAL) or text(root / "sys/hypervisor/type") != "",
    )
