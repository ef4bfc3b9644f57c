"""The page check refuses what Chromium 109 or Firefox 115 lack, and inline scripts; the rest passes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import page_check

ROOT = Path(__file__).resolve().parents[2]

ALLOWED_SCRIPT = """
import { createSeat } from "./seat.js";
const { createApp, ref } = Vue;
class Seat {
  static #held = new Map();
  static { Seat.#held.set(1, "a"); }
  #number = 1;
  has(other) { return #number in other; }
}
export const last = [1, 2, 3].findLast((item) => item > 1) ?? [1].at(-1);
export const copy = structuredClone({ last, seats: Object.fromEntries([["a", 1]]) });
export const own = Object.hasOwn(copy, "a");
export const answers = indexedDB.open("answers", 1);
export const template = `<main class="hall"><button type="button" @click="start">开始</button></main>`;
window.addEventListener("online", () => createApp(Seat).mount("#page"));
await fetch("/api/candidate/state", { signal: AbortSignal.timeout(5000) });
const address = window.URL.createObjectURL(new Blob([]));
URL.revokeObjectURL(address);
createSeat(ref(crypto.randomUUID()), copy?.last, "a-b".replaceAll("-", "+"));
"""

ALLOWED_STYLE = """
:root { --gap: 8px; color-scheme: light; }
@layer base { .seat:is(.on, .off):focus-visible { inset: 0; gap: var(--gap); width: min(100%, 40rem); } }
@media (prefers-contrast: more) and (min-width: 600px) { .seat { color: hsl(210 20% 30% / 0.5); } }
@keyframes turn { from { transform: rotate(0deg); } to { transform: rotate(1turn); } }
.board { display: grid; grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr)); accent-color: red; }
@media print { @page { size: A4 portrait; margin: 10mm; } }
"""

ALLOWED_PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>考试</title>
<link rel="stylesheet" href="/static/shared/kaodian.css"><script src="/vendor/vue.global.prod.js"></script>
<script type="module" src="/static/candidate/main.js"></script></head>
<body><dialog id="page" inert></dialog></body></html>
"""


NEWER_SCRIPTS = [
    ("export const a = Object.groupBy([], String);", "Object.groupBy"),
    ("export const a = [1].toSorted();", "toSorted"),
    ("export const a = [1].with(0, 2);", "with"),
    ("export const a = Promise.withResolvers();", "Promise.withResolvers"),
    ("export const a = await Array.fromAsync([]);", "Array.fromAsync"),
    ("export const a = new Set().union(new Set());", "union"),
    ("export const a = [1].values().take(1);", "take"),
    ("export const a = URL.canParse('x');", "URL.canParse"),
    ("export const a = window.scheduler;", "window.scheduler"),
    ("export const a = new URLPattern({});", "URLPattern"),
    ("export const a = navigator.userActivation;", "navigator.userActivation"),
    ("document.startViewTransition(() => {});", "document.startViewTransition"),
    ("document.querySelector('p').showPopover();", "showPopover"),
    ("export const a = new RegExp('a', 'v');", "RegExp v"),
    ("export const a = /[a--b]/v;", "Invalid regular expression flag"),
    ("export const a = /(?<x>a)|(?<x>b)/;", "Duplicate capture group"),
    ("using a = open();", "Parsing error"),
    ("import a from './a.json' with { type: 'json' };", "Parsing error"),
    ("export const a = `<div popover></div>`;", "<div popover>"),
]

NEWER_STYLES = [
    (".a { color: red; & .b { color: blue; } }", "CSS nesting"),
    (".a { @media (min-width: 3px) { color: red; } }", "CSS nesting"),
    (".a { .b { color: blue; } }", "CSS"),
    (".a:has(.b) { color: red; }", ":has"),
    ("@supports selector(:has(a)) { .b { color: red; } }", ":has"),
    (".a:nth-child(2 of .b) { color: red; }", "of"),
    (".a { color: color-mix(in srgb, red 50%, blue); }", "color-mix()"),
    (".a { color: light-dark(red, blue); }", "light-dark()"),
    (".a { color: oklch(40% 0.2 10); }", "oklch()"),
    (".a { color: rgb(from red r g b); }", "rgb(from"),
    (".a { background: linear-gradient(in oklch, red, blue); }", "linear-gradient(in"),
    (".a { grid-template-columns: subgrid; }", "subgrid"),
    (".a { width: round(3px, 2px); }", "round()"),
    (".a { width: 3lh; }", "lh"),
    (".a { text-wrap: balance; }", "text-wrap"),
    ("@container style(--a: b) { .b { color: red; } }", "style()"),
    ("@scope (.a) { .b { color: red; } }", "@scope"),
    ("@starting-style { .b { color: red; } }", "@starting-style"),
    ("@property --a { syntax: '*'; inherits: false; }", "@property"),
    (".a { background: url(https://cdn.example/a.png); }", "outside"),
]

REFUSED_MARKUP = [
    ("<script>start()</script>", "inline scripts"),
    ('<script type="importmap" src="/a.json"></script>', "inline scripts"),
    ('<button onclick="start()">开始</button>', "onclick"),
    ('<a href="javascript:start()">开始</a>', "href"),
    ('<script src="https://cdn.example/vue.js"></script>', "outside"),
    ('<img src="//cdn.example/a.png" alt="">', "outside"),
    ("<div popover>提示</div>", "<div popover>"),
    ("<style>.a:has(.b) { color: red; }</style>", ":has"),
]

MISTAKES = [
    ("export const a = undefinedName;", "no-undef"),
    ("import { createApp } from 'vue';\ncreateApp();", "only modules of this site"),
    ("export const a = eval('1');", "no-eval"),
    ('export const a = `<button onclick="x()">x</button>`;', "onclick"),
]

ALLOWED = [("page.js", ALLOWED_SCRIPT), ("page.css", ALLOWED_STYLE), ("page.html", ALLOWED_PAGE)]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """What the check says of each text above: all of them are checked in one run, as `make lint` does."""
    folder = tmp_path_factory.mktemp("pages")
    texts = {text: kind for kind, text in ALLOWED}
    texts |= {text: "page.js" for text, _ in [*NEWER_SCRIPTS, *MISTAKES]}
    texts |= {text: "page.css" for text, _ in NEWER_STYLES}
    texts |= {text: "page.html" for text, _ in REFUSED_MARKUP}
    paths = {}
    for number, (text, name) in enumerate(texts.items()):
        paths[text] = folder / f"{number}-{name}"
        paths[text].write_text(text)
    found = page_check.page_findings(ROOT, list(paths.values()))
    return {
        text: [finding for finding in found if finding.startswith(f"{path}:")] for text, path in paths.items()
    }


@pytest.mark.parametrize("text", [text for _, text in ALLOWED], ids=[name for name, _ in ALLOWED])
def test_what_both_browsers_offer_passes(findings: Mapping[str, list[str]], text: str) -> None:
    assert findings[text] == []


@pytest.mark.parametrize(("text", "named"), NEWER_SCRIPTS)
def test_newer_script_is_refused(findings: Mapping[str, list[str]], text: str, named: str) -> None:
    assert any(named in finding for finding in findings[text]), findings[text]


@pytest.mark.parametrize(("text", "named"), NEWER_STYLES)
def test_newer_style_is_refused(findings: Mapping[str, list[str]], text: str, named: str) -> None:
    assert any(named in finding for finding in findings[text]), findings[text]


@pytest.mark.parametrize(("text", "named"), REFUSED_MARKUP)
def test_markup_that_the_policy_or_a_browser_refuses_is_named(
    findings: Mapping[str, list[str]], text: str, named: str
) -> None:
    assert any(named in finding for finding in findings[text]), findings[text]


@pytest.mark.parametrize(("text", "named"), MISTAKES)
def test_mistakes_in_scripts_are_named(findings: Mapping[str, list[str]], text: str, named: str) -> None:
    assert any(named in finding for finding in findings[text]), findings[text]


def test_a_finding_names_file_line_and_column(tmp_path: Path) -> None:
    page = tmp_path / "seat.js"
    page.write_text("export const a = 1;\nexport const b = [2].toSorted();\n")
    (finding,) = page_check.page_findings(ROOT, [page])
    assert finding.startswith(f"{tmp_path}/seat.js:2:22: ")
    assert "Chromium 109 不支持 toSorted()" in finding


@pytest.mark.parametrize(
    "text", ["var a = /[a--b]/v;", "{ using a = b; }", "import('a', { with: 1 }); class { @a b }"]
)
def test_a_library_with_newer_syntax_is_refused(tmp_path: Path, text: str) -> None:
    library = tmp_path / "library.js"
    library.write_text(text)
    assert page_check.page_findings(ROOT, [], [library])


def test_a_library_may_name_newer_interfaces_behind_a_test_of_its_own(tmp_path: Path) -> None:
    library = tmp_path / "library.js"
    library.write_text("var a = Object.groupBy ? Object.groupBy([], String) : null;")
    assert page_check.page_findings(ROOT, [], [library]) == []


def test_everything_that_is_served_of_the_libraries_is_checked_and_passes() -> None:
    modules = ROOT / page_check.LIBRARIES / "node_modules"
    libraries = [modules / path for path in page_check.SERVED_LIBRARIES]
    assert {path.suffix for path in libraries} == {".js", ".css"}
    assert page_check.page_findings(ROOT, [], libraries) == []


def test_our_scripts_styles_and_pages_are_found_below_both_web_folders(tmp_path: Path) -> None:
    for name in (
        "appliance/exam_appliance/web/candidate/main.js",
        "appliance/exam_appliance/web/candidate/routes.py",
        "central-sync/central_sync/web/index.html",
        "central-sync/central_sync/web/console.css",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = [path.relative_to(tmp_path).name for path in page_check.our_page_files(tmp_path)]
    assert found == ["main.js", "console.css", "index.html"]


def test_a_checker_that_cannot_run_is_an_error_and_not_a_clean_bill(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="page check failed"):
        page_check.page_findings(ROOT, [tmp_path / "missing.js"])
