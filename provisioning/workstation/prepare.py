#!/usr/bin/python3
"""Set a Debian 12 (or later) machine up for work on Kaodian: what `make setup` runs.

Only the standard library is used, because nothing else is there yet. Every step is skipped when
its inputs are the same as at its last success, and done afresh when an earlier run was cut short.
pip's and npm's own configuration (mirrors, certificates) is left as the machine has it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORKSTATION = Path("provisioning/workstation")
WEB_LIBRARIES = WORKSTATION / "web-libraries"
DISTRIBUTIONS = ("firmware-adapters", "central-sync", "appliance")
PYTHON_NEEDED = (3, 11)
PACKAGES_BEGUN = Path(".venv/setup/packages-begun")


class SetupStopped(Exception):
    """Set-up cannot go on; the text says what to do, in Chinese and English."""


@dataclass(frozen=True)
class DebianPackage:
    """One line of debian-packages.txt: `name [| command NAME] # reason`."""

    name: str
    command: str | None


def read_debian_packages(text: str) -> list[DebianPackage]:
    """Read debian-packages.txt; comments and empty lines are left out.

    Raises SetupStopped naming the line that is neither `name` nor `name | command NAME`.
    """
    packages = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split("#", 1)[0].split()
        match words:
            case []:
                continue
            case [name]:
                packages.append(DebianPackage(name, None))
            case [name, "|", "command", command]:
                packages.append(DebianPackage(name, command))
            case _:
                raise SetupStopped(
                    f"debian-packages.txt 第 {number} 行无法识别 / "
                    f"line {number} is not understood: {line.strip()}"
                )
    return packages


def installed_debian_packages(names: Iterable[str]) -> set[str]:
    """Those of `names` that dpkg holds as installed, whatever their architecture."""
    query = ["dpkg-query", "-W", "-f=${Package} ${db:Status-Status}\n", *names]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    found = set()
    for line in answer.stdout.splitlines():
        name, _, status = line.partition(" ")
        if status == "installed":
            found.add(name)
    return found


def missing_debian_packages(
    packages: Iterable[DebianPackage], installed: set[str], command_exists: Callable[[str], bool]
) -> list[str]:
    """Names to install: neither installed nor replaced by a command that is already there."""
    return [
        package.name
        for package in packages
        if package.name not in installed and not (package.command and command_exists(package.command))
    ]


def apt_prefix(user_id: int, command_exists: Callable[[str], bool]) -> list[str] | None:
    """What to put before apt-get: nothing for root, sudo for others, None when neither is to be had."""
    if user_id == 0:
        return []
    return ["sudo"] if command_exists("sudo") else None


def fingerprint(paths: Iterable[Path], *extra: str) -> str:
    """SHA-256 over names and contents of `paths` and over `extra`, in the order given."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.name}\0{len(content)}\0".encode())
        digest.update(content)
    for word in extra:
        digest.update(word.encode() + b"\0")
    return digest.hexdigest()


@dataclass(frozen=True)
class Step:
    """One step of set-up.

    `stamp` is a file that holds the fingerprint of the inputs at the last success; it lies inside
    what the step makes, so that removing that removes the stamp too.
    """

    zh: str
    en: str
    stamp: Path
    inputs: str
    work: Callable[[], None]

    def is_done(self) -> bool:
        return self.stamp.is_file() and self.stamp.read_text() == self.inputs

    def run(self) -> bool:
        """Do the step unless it is done; returns whether anything was done."""
        if self.is_done():
            return False
        # A run that is killed in the middle must not look finished.
        self.stamp.unlink(missing_ok=True)
        with timed(self.zh, self.en):
            self.work()
        self.stamp.parent.mkdir(parents=True, exist_ok=True)
        self.stamp.write_text(self.inputs)
        return True


@contextmanager
def timed(zh: str, en: str) -> Iterator[None]:
    """Print what begins, and how long it took."""
    print(f"==> {zh} / {en}", flush=True)
    begun = time.monotonic()
    yield
    print(f"    {time.monotonic() - begun:.1f} s", flush=True)


def call(command: list[str], *, folder: Path = ROOT, environment: Mapping[str, str] | None = None) -> None:
    """Run a command with its output shown. Raises SetupStopped when it fails."""
    print(f"    $ {shlex.join(command)}", flush=True)
    outcome = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if outcome.returncode != 0:
        raise SetupStopped(
            f"命令失败（退出码 {outcome.returncode}），原因见上文；排除后再次运行 make setup。\n"
            f"The command failed with exit code {outcome.returncode}; the reason stands above. "
            f"Put it right and run make setup again: {shlex.join(command)}"
        )


def install_debian_packages(root: Path, further_lists: Sequence[str] = ()) -> None:
    """Install what debian-packages.txt and further lists (paths from `root`) name and the machine lacks."""
    lists = [root / WORKSTATION / "debian-packages.txt", *(root / name for name in further_lists)]
    packages = [package for one in lists for package in read_debian_packages(one.read_text())]

    def command_exists(name: str) -> bool:
        return shutil.which(name) is not None

    if not command_exists("dpkg-query"):
        raise SetupStopped("需要 Debian 12 或更新的系统。\nDebian 12 or later is needed.")
    installed = installed_debian_packages(package.name for package in packages)
    missing = missing_debian_packages(packages, installed, command_exists)
    if not missing:
        return
    prefix = apt_prefix(os.geteuid(), command_exists)
    if prefix is None:
        raise SetupStopped(
            "缺少下列软件包，而当前用户不是 root，也没有 sudo。请让管理员执行这一条命令，然后再次运行：\n"
            "These packages are missing, and this user is neither root nor has sudo. "
            "Have this one command run, then try again:\n\n"
            f"    apt-get update && apt-get install --no-install-recommends {' '.join(missing)}\n"
        )
    # noninteractive must be set behind sudo, which drops the environment.
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    apt += ["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
    with timed(f"安装 Debian 软件包：{' '.join(missing)}", "installing Debian packages"):
        if dpkg_was_cut_short():
            call([*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--configure", "-a"])
        call([*apt, "update"])
        call([*apt, "install", "-y", "--no-install-recommends", *missing])


def dpkg_was_cut_short() -> bool:
    """Whether dpkg was stopped in the middle of an installation."""
    answer = subprocess.run(["dpkg", "--audit"], capture_output=True, text=True, check=False)
    return bool(answer.stdout.strip())


def make_environment(root: Path) -> None:
    """Make .venv afresh with the interpreter that runs this file."""
    shutil.rmtree(root / ".venv", ignore_errors=True)
    call([sys.executable, "-m", "venv", ".venv"], folder=root)


def pip_install(root: Path, *arguments: str) -> None:
    """Call pip of .venv; the versions and hashes are ours, the place to fetch from is the machine's."""
    pip = [".venv/bin/python", "-m", "pip", "install", "--no-input", "--progress-bar", "off", "-qq"]
    call([*pip, *arguments], folder=root, environment={"PIP_DISABLE_PIP_VERSION_CHECK": "1"})


def install_python_packages(root: Path) -> None:
    """Install the locked packages by hash; first what the source packages among them are built with."""
    begun = root / PACKAGES_BEGUN
    begun.touch()
    try:
        pip_install(root, "--require-hashes", "-r", str(WORKSTATION / "build-requirements.txt"))
        pip_install(
            root, "--require-hashes", "--no-build-isolation", "-r", str(WORKSTATION / "requirements.txt")
        )
    except SetupStopped:
        # pip ended by itself and left nothing half done.
        begun.unlink()
        raise
    begun.unlink()


def discard_half_installed(root: Path) -> None:
    """Remove .venv when pip was killed in it: a package cut short may look installed to pip."""
    if (root / PACKAGES_BEGUN).exists():
        print("上次安装被中断，重建 .venv / the last run was cut short, making .venv anew", flush=True)
        shutil.rmtree(root / ".venv", ignore_errors=True)


def install_distributions(root: Path) -> None:
    """Install our three distributions editable; what they need is there already."""
    editable = [word for name in DISTRIBUTIONS for word in ("-e", name)]
    pip_install(root, "--no-deps", "--no-build-isolation", "--no-index", *editable)


def install_page_libraries(root: Path) -> None:
    """Fetch vue, Element Plus and the tools of the page check as locked; no package's script runs."""
    call(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        folder=root / WEB_LIBRARIES,
    )


def steps(root: Path) -> list[Step]:
    """The steps behind Debian's packages, in order."""
    environment = root / ".venv"
    workstation = root / WORKSTATION
    libraries = root / WEB_LIBRARIES
    python = f"{sys.executable} {sys.version}"
    return [
        Step(
            "建立虚拟环境 .venv",
            "making the virtual environment .venv",
            environment / "setup" / "environment",
            fingerprint([], python, str(root)),
            lambda: make_environment(root),
        ),
        Step(
            "安装 Python 软件包（按哈希锁定）",
            "installing Python packages, locked by hash",
            environment / "setup" / "packages",
            fingerprint([workstation / "build-requirements.txt", workstation / "requirements.txt"], python),
            lambda: install_python_packages(root),
        ),
        Step(
            "安装本项目的三个发行包",
            "installing the three distributions of this project",
            environment / "setup" / "distributions",
            fingerprint([root / name / "pyproject.toml" for name in DISTRIBUTIONS], python, str(root)),
            lambda: install_distributions(root),
        ),
        Step(
            "取得页面库（npm ci）",
            "fetching page libraries (npm ci)",
            libraries / "node_modules" / ".setup",
            fingerprint([libraries / name for name in ("package.json", "package-lock.json", ".npmrc")]),
            lambda: install_page_libraries(root),
        ),
    ]


@contextmanager
def only_one_at_a_time(root: Path) -> Iterator[None]:
    """Hold the lock of set-up; a second run waits for the first."""
    with (root / ".setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("另一个 make setup 正在运行，等待其完成 / waiting for another make setup", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(further_lists: Sequence[str] = ()) -> int:
    """Prepare the machine, with Debian packages of further lists; returns the exit code."""
    begun = time.monotonic()
    try:
        if sys.version_info < PYTHON_NEEDED:
            raise SetupStopped("需要 Python 3.11 或更新版本。\nPython 3.11 or later is needed.")
        with only_one_at_a_time(ROOT):
            install_debian_packages(ROOT, further_lists)
            discard_half_installed(ROOT)
            for step in steps(ROOT):
                step.run()
    except SetupStopped as stopped:
        print(f"\n{stopped}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print(
            "\n已中断；再次运行会接着完成 / interrupted; run it again to go on", file=sys.stderr, flush=True
        )
        return 130
    print(f"环境就绪 / set up ({time.monotonic() - begun:.1f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
