"""All checks of `make lint`, one after the other; the exit code is 1 when any of them found something."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import page_check
import repository_check

ROOT = Path(__file__).resolve().parents[2]
TYPED = (
    "appliance/exam_appliance",
    "central-sync/central_sync",
    "firmware-adapters/firmware_adapters",
    "images/site_images",
    "provisioning/release",
    "provisioning/site_file",
    "provisioning/site_install",
    "provisioning/site_setup",
    "provisioning/site_update",
    "provisioning/workstation",
)

PLAYED = ("--project-dir", "provisioning", "provisioning/site.yml")


def tool(name: str, *arguments: str) -> Callable[[], bool]:
    """A check by a tool of .venv, which prints its own findings; true when it found nothing."""

    def run() -> bool:
        command = [str(Path(sys.prefix) / "bin" / name), *arguments]
        return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode == 0

    return run


def listed(check: Callable[[Path], list[str]]) -> Callable[[], bool]:
    """A check of ours that returns its findings; true when there are none."""

    def run() -> bool:
        findings = check(ROOT)
        for finding in findings:
            print(finding)
        return not findings

    return run


CHECKS: tuple[tuple[str, Callable[[], bool]], ...] = (
    ("ruff check", tool("ruff", "check", "--output-format", "concise")),
    ("ruff format", tool("ruff", "format", "--check", "--output-format", "concise")),
    ("mypy --strict", tool("mypy", *TYPED)),
    ("import-linter", tool("lint-imports", "--no-logo")),
    ("yamllint", tool("yamllint", "--strict", ".")),
    # Offline: the roles use no collection beyond what ansible-core brings.
    ("ansible-lint", tool("ansible-lint", "--offline", "-q", "--profile", "production", *PLAYED)),
    # Also makes the udev rules and the pages of hardware and reasons anew, should they be out of date.
    ("设备目录 / devices", tool("python", "-m", "firmware_adapters.catalogue", "check")),
    ("页面 / pages", listed(page_check.check_pages)),
    ("仓库 / repository", listed(repository_check.check_repository)),
)


def main() -> int:
    """Run every check, also behind one that failed; returns the exit code."""
    failed = []
    for name, check in CHECKS:
        begun = time.monotonic()
        print(f"==> {name}", flush=True)
        if not check():
            failed.append(name)
        print(
            f"    {'失败 / FAILED' if failed[-1:] == [name] else 'ok'}, {time.monotonic() - begun:.1f} s",
            flush=True,
        )
    if failed:
        print(f"未通过 / failed: {', '.join(failed)}")
        return 1
    print("全部通过 / all checks passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
