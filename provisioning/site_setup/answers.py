"""The five questions of set-up, and the site file that follows from them.

Networks, limits and services come from `defaults.yaml` beside this file; a site that wants others brings
its own site file on a stick, or has it provisioned later.
"""

from __future__ import annotations

import copy
from ipaddress import IPv4Interface
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from exam_appliance.config.allowed import fault_words
from exam_appliance.config.problems import ConfigError, ConfigProblem
from exam_appliance.config.yaml_source import read_yaml
from site_file.words import Address, Domain, Ipv4, PortName, TimeZone, WanAddress4

DEFAULTS = Path(__file__).with_name("defaults.yaml")
MOST_SEATS = 60


class _Answers(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Claim(_Answers):
    """Where the centre is, and the code by which it knows the server for this site's."""

    centre: Annotated[str, StringConstraints(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+/?$", max_length=200)]
    addresses: Annotated[tuple[Address, ...], Field(min_length=1, max_length=8)]
    """The centre's addresses: the server asks no DNS outside."""
    code: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{6,60}$")] | None = None
    """None: enrolled later, at the console or by stick."""

    @property
    def name(self) -> str:
        """The centre's name."""
        return urlsplit(self.centre).hostname or ""

    @property
    def port(self) -> int:
        """The centre's TCP port."""
        parts = urlsplit(self.centre)
        return parts.port or (443 if parts.scheme == "https" else 80)


class Wan(_Answers):
    """The port to the outside."""

    port: PortName
    ipv4: WanAddress4 = "dhcp"
    gateway4: Ipv4 | None = None


class Time(_Answers):
    """Whose clock the server follows."""

    zone: TimeZone = "Asia/Shanghai"
    servers: Annotated[dict[Domain, tuple[Address, ...]], Field(max_length=8)] = {}


class Staff(_Answers):
    """The first machine of the staff: from it alone the console is reached."""

    mac: str
    name: str = "office"


class Joining(_Answers):
    """What a site file does not hold: how the centre knows this server, and who may log in to it."""

    centre: Claim
    disk: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_./:-]{1,120}$")] | None = None
    """For the installer stick: `empty` (the only empty disk) or a disk's name or serial number."""
    encrypt: bool = False
    """For the installer stick: the data is encrypted, its key in the server's TPM."""
    technician_keys: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    """Public keys of SSH, as `ssh-keygen` writes them; none: nobody logs in over the network."""

    @field_validator("technician_keys")
    @classmethod
    def _keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            if not key.startswith(("ssh-ed25519 ", "ecdsa-sha2-", "ssh-rsa ", "sk-")) or "\n" in key:
                raise ValueError(
                    "应为 SSH 公钥，以 ssh-ed25519、ecdsa-sha2- 或 ssh-rsa 开头 / "
                    "an SSH public key begins with ssh-ed25519, ecdsa-sha2- or ssh-rsa"
                )
        return keys


class Answers(Joining):
    """What a technician is asked: which site, which centre, which ports, what time, how many seats."""

    code: str
    """考点代码 / code of the site."""
    name: str
    wan: Wan
    lan: Annotated[tuple[PortName, ...], Field(min_length=1, max_length=8)]
    time: Time = Time()
    seats: Annotated[int, Field(ge=1, le=MOST_SEATS)] = 30
    staff: Annotated[tuple[Staff, ...], Field(min_length=1, max_length=20)]


Asked = TypeVar("Asked", bound=Joining)


def read_answers(data: bytes, name: str, model: type[Asked]) -> Asked:
    """Return the answers in a YAML document; `name` is for messages. Raises ConfigError with every fault."""
    source = read_yaml(data, name)
    try:
        return model.model_validate(source.values)
    except ValidationError as error:
        found = []
        for one in error.errors(include_url=False):
            path = tuple(str(part) for part in one["loc"])
            line = source.lines.get(path) or source.lines.get(path[:-1])
            found.append(ConfigProblem(name, line, ".".join(path), *fault_words(one, path, model)))
        raise ConfigError(tuple(found)) from error


def site_document(answers: Answers) -> dict[str, Any]:
    """Return the site file, as YAML would give it, that the answers ask for."""
    document: dict[str, Any] = copy.deepcopy(yaml.safe_load(DEFAULTS.read_text()))
    document["site"] |= {"code": answers.code, "name": answers.name, "time_zone": answers.time.zone}
    wan: dict[str, Any] = {"port": answers.wan.port}
    wan["ipv4"] = str(answers.wan.ipv4) if isinstance(answers.wan.ipv4, IPv4Interface) else answers.wan.ipv4
    if answers.wan.gateway4 is not None:
        wan["gateway4"] = str(answers.wan.gateway4)
    document["ports"] = {"wan": [wan], "lan": list(answers.lan)}
    document["seats"] = [{"number": number} for number in range(1, answers.seats + 1)]
    network = document["zones"]["staff"]["ipv4"].rpartition(".")[0]
    document["staff"] = [
        {"name": one.name, "mac": one.mac, "ipv4": f"{network}.{11 + place}"}
        for place, one in enumerate(answers.staff)
    ]
    centre = answers.centre
    document["centre"] = {
        "name": centre.name,
        "addresses": [str(address) for address in centre.addresses],
        "port": centre.port,
    }
    document["time"] = [
        {"name": name, "addresses": [str(address) for address in addresses]}
        for name, addresses in answers.time.servers.items()
    ]
    return document
