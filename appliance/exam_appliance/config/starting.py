"""Which configuration the server starts with: the present one, or the last good one when that is broken."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from central_sync.protocol.durable_file import write_whole
from central_sync.protocol.session import SignedDocument
from exam_appliance.config.layers import POLICY_SOURCE, Loaded, load_settings
from exam_appliance.config.problems import ConfigError, ConfigProblem
from exam_appliance.config.rendering import plain_yaml

log = logging.getLogger(__name__)

SITE_FILE = Path("/etc/kaodian/site.yaml")
LAST_GOOD = "config.last-good.yaml"

_STATE_DIR_LINE = re.compile(r"""^state_dir:[ \t]*["']?(/[^"'#\r\n]*?)["']?[ \t]*(?:#.*)?$""", re.MULTILINE)


@dataclass(frozen=True)
class Started:
    """What the server starts with; `broken` says why it is the last good one instead of the present one."""

    loaded: Loaded
    broken: ConfigError | None


def load_site(path: Path | None) -> Loaded:
    """Return the effective settings of this machine: defaults, the stored policy, the site's file.

    `path` None means SITE_FILE if that exists. Raises ConfigError.
    """
    file = _site_file(path)
    own = load_settings(file)
    return load_settings(file, stored_policy(own.settings.state_dir))


def take_up(path: Path | None) -> Started:
    """Return what to start with: the present configuration, which becomes the last good one, or that.

    The state folder is made if it is missing. Raises ConfigError when neither can be used.
    """
    try:
        loaded = load_site(path)
    except ConfigError as error:
        stored = _state_dir_hint(_site_file(path)) / LAST_GOOD
        if not stored.is_file():
            raise
        try:
            return Started(load_settings(stored, layer="last_good"), error)
        except ConfigError as worse:
            raise ConfigError(error.problems + worse.problems) from error
    _keep(loaded)
    return Started(loaded, None)


def stored_policy(state_dir: Path) -> Mapping[str, Any] | None:
    """Return the body of the centre's policy that the agent verified and stored, None when there is none.

    Raises ConfigError for a file that is no policy document.
    """
    file = state_dir / POLICY_SOURCE
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError((_policy_problem(file, str(error.strerror)),)) from error
    try:
        document = SignedDocument.model_validate_json(data)
    except ValidationError as error:
        raise ConfigError((_policy_problem(file, "it is no signed document"),)) from error
    if document.kind != "policy":
        raise ConfigError((_policy_problem(file, f"its kind is {document.kind}"),))
    return document.body


def _policy_problem(file: Path, why: str) -> ConfigProblem:
    return ConfigProblem(
        str(file),
        None,
        "",
        "中心策略文件已损坏；删除它并重新同步",
        f"the stored policy cannot be used ({why}); delete it and sync again",
    )


def _site_file(path: Path | None) -> Path | None:
    if path is not None:
        return path
    return SITE_FILE if SITE_FILE.exists() else None


def _keep(loaded: Loaded) -> None:
    """Store the effective whole as the last good one; a full disk must not stop the start."""
    settings = loaded.settings
    text = (
        "# 上次有效的配置，由程序写入，请勿修改 / the last good configuration, written by the program\n"
        + plain_yaml(settings.model_dump(mode="json"))
    )
    target = settings.state_dir / LAST_GOOD
    try:
        write_whole(target, text.encode())
    except OSError as error:
        log.warning("无法保存上次有效的配置 / the last good configuration was not kept: %s", error)


def _state_dir_hint(path: Path | None) -> Path:
    """Return the state folder as far as a broken file still tells it, else the default one."""
    default = load_settings(None).settings.state_dir
    if path is None:
        return default
    try:
        found = _STATE_DIR_LINE.search(path.read_bytes().decode("utf-8", errors="replace"))
    except OSError:
        return default
    return default if found is None else Path(found.group(1))
