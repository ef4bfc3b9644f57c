"""What can be configured at the centre: a YAML file, then the environment, over shipped defaults.

Environment names are EXAM_CENTRAL_ and the key in capitals, sections joined by two underscores:
EXAM_CENTRAL_STATE_DIR, EXAM_CENTRAL_DATABASE_URL, EXAM_CENTRAL_CONSOLE__PORT. Values are YAML.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ENVIRONMENT_PREFIX = "EXAM_CENTRAL_"


class SettingsWrong(Exception):
    """The settings cannot be used; each line of the message names place, key and what is allowed."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(
            "须为时区名，如 Asia/Shanghai / must be a time zone such as Asia/Shanghai"
        ) from error
    return name


def _absolute(path: Path) -> Path:
    if not path.is_absolute():
        raise ValueError("须为以 / 开头的绝对路径 / must be an absolute path that begins with /")
    return path


def _known_database(url: str) -> str:
    try:
        found = make_url(url).get_backend_name()
    except ArgumentError as error:
        raise ValueError("不是数据库地址 / is no database URL") from error
    if found not in ("sqlite", "mysql", "mariadb"):
        raise ValueError("须为 sqlite、mysql 或 mariadb / must be sqlite, mysql or mariadb")
    return url


Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")]
Port = Annotated[int, Field(strict=True, ge=0, le=65535)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]


class TlsFiles(_Section):
    """Certificate chain and private key of the console, PEM."""

    certificate: AbsolutePath
    key: AbsolutePath


class ConsoleSettings(_Section):
    """Where staff's browsers call; port 0 lets the system choose one."""

    host: Host = "127.0.0.1"
    port: Port = 8090
    tls: TlsFiles | None = None
    """None: plain HTTP, for loopback or behind a proxy."""


class SiteLineSettings(_Section):
    """Where site servers call, always with mutual TLS."""

    host: Host = "127.0.0.1"
    port: Port = 8443
    names: tuple[Host, ...] = ("127.0.0.1", "localhost")
    """Host names and addresses that sites may call; they go into the server certificate."""


class KeySettings(_Section):
    """How the keys of packages are given out."""

    release: Literal["by_hand", "at_opening"] = "by_hand"
    """`by_hand`: a releaser gives each out within its window; `at_opening`: the centre does, when the
    window opens, for every session whose package is up to date."""


class Settings(_Section):
    """All settings of the centre."""

    state_dir: AbsolutePath = Path("/var/lib/exam-central")
    """Keys, files and, without another database, the database."""
    database_url: Annotated[str, AfterValidator(_known_database)] | None = None
    """SQLAlchemy URL such as mysql+pymysql://user@host/kaodian; None: SQLite in the state folder."""
    vendor_dir: AbsolutePath | None = None
    """Folder of the page libraries; None: found beside the program."""
    name: Annotated[str, Field(min_length=1, max_length=120)] = "考试中心"
    """Name of the centre, as the console shows it."""
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Shanghai"
    console: ConsoleSettings = ConsoleSettings()
    site_line: SiteLineSettings = SiteLineSettings()
    keys: KeySettings = KeySettings()

    @property
    def database(self) -> str:
        """URL of the database."""
        return self.database_url or f"sqlite:///{self.state_dir / 'centre.db'}"


def load_settings(path: Path | None, environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of defaults, file and environment. Raises SettingsWrong naming every fault."""
    values: dict[str, Any] = {}
    if path is not None:
        try:
            found = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise SettingsWrong(f"{path}：无法读取，请检查文件 / cannot be read: {error}") from error
        if found is not None and not isinstance(found, dict):
            raise SettingsWrong(f"{path}：须为“键: 值” / must be keys with values")
        values = found or {}
    for name, text in sorted((environment or {}).items()):
        if name.startswith(ENVIRONMENT_PREFIX):
            _put(values, name, text)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [
            f"{path or '设置 / settings'}: {'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
            for found in error.errors(include_url=False)
        ]
        raise SettingsWrong("\n".join(lines)) from error


def _put(values: dict[str, Any], name: str, text: str) -> None:
    *sections, key = name.removeprefix(ENVIRONMENT_PREFIX).lower().split("__")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsWrong(f"环境变量 {name} 有误 / environment variable: {error}") from error
    target = values
    for section in sections:
        target = target.setdefault(section, {})
        if not isinstance(target, dict):
            raise SettingsWrong(f"环境变量 {name}：{section} 不是一节 / {section} is no section")
    target[key] = value
