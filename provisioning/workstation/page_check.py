"""The page check: our pages and their libraries must work in Chromium 109 and Firefox 115."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

LIBRARIES = Path("provisioning/workstation/web-libraries")
OUR_PAGES = (Path("appliance/exam_appliance/web"), Path("central-sync/central_sync/web"))
PAGE_KINDS = frozenset({".js", ".mjs", ".css", ".html"})
# What the site and the centre serve of the libraries, below node_modules.
SERVED_LIBRARIES = (
    Path("vue/dist/vue.global.prod.js"),
    Path("element-plus/dist/index.full.min.js"),
    Path("element-plus/dist/index.css"),
    Path("element-plus/dist/locale/zh-cn.min.js"),
    Path("@element-plus/icons-vue/dist/index.iife.min.js"),
)


def our_page_files(root: Path) -> list[Path]:
    """All scripts, style sheets and pages of ours, sorted."""
    return sorted(
        path for folder in OUR_PAGES for path in (root / folder).rglob("*") if path.suffix in PAGE_KINDS
    )


def page_findings(root: Path, ours: Sequence[Path], libraries: Sequence[Path] = ()) -> list[str]:
    """Check files of ours and of libraries; returns `file:line:column: what is refused`, or nothing.

    Raises RuntimeError with the checker's own words when it could not run.
    """
    command = ["node", str(root / LIBRARIES / "page-check" / "main.mjs")]
    command += ["--ours", *map(str, ours), "--library", *map(str, libraries)]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    findings = answer.stdout.splitlines()
    if answer.returncode != (1 if findings else 0) or answer.stderr:
        raise RuntimeError(f"page check failed ({answer.returncode}): {answer.stderr}")
    return findings


def check_pages(root: Path) -> list[str]:
    """Check everything that is served."""
    libraries = [root / LIBRARIES / "node_modules" / path for path in SERVED_LIBRARIES]
    return page_findings(root, our_page_files(root), libraries)
