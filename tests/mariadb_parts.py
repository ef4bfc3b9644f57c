"""A real MariaDB of its own for tests: its data folder, its socket, no port, gone at the end."""

from __future__ import annotations

import getpass
import itertools
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql
import pytest

PROGRAM = "/usr/sbin/mariadbd"
"""Debian's place; who is not root does not have it among the places that are searched."""
START_SECONDS = 60.0
STOP_SECONDS = 30.0


class MariaDb:
    """A running server; `new_database` gives the SQLAlchemy URL of an empty database."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    def new_database(self) -> str:
        """Return the URL of a new database, made as a database administrator would without a thought.

        What the server takes for text by default (latin1 here) must not matter.
        """
        name = f"kaodian_{next(self._numbers)}"
        with self.connected() as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        return f"mysql+pymysql://root@localhost/{name}?unix_socket={self._socket}&charset=utf8mb4"

    def connected(self) -> pymysql.Connection:
        """Return a connection; raises pymysql.OperationalError."""
        return pymysql.connect(unix_socket=str(self._socket), user="root", autocommit=True)


@contextmanager
def running_mariadb() -> Iterator[MariaDb]:
    """Run Debian's MariaDB over a folder of its own."""
    # Below /tmp, for the path of a socket may have 107 bytes only.
    with tempfile.TemporaryDirectory(prefix="kd-mariadb-", dir="/tmp") as folder:
        data, socket = Path(folder) / "data", Path(folder) / "socket"
        data.mkdir()
        log = Path(folder) / "log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                [
                    PROGRAM,
                    "--no-defaults",
                    f"--datadir={data}",
                    f"--user={getpass.getuser()}",
                    # It has no accounts: only who can reach the socket is let in. That spares the
                    # system tables, whose making needs programs of the client's package.
                    "--skip-grant-tables",
                    f"--socket={socket}",
                    "--skip-networking",
                    "--character-set-server=latin1",
                    "--innodb-buffer-pool-size=64M",
                    "--innodb-lock-wait-timeout=10",
                ],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            found = MariaDb(socket)
            _wait(found, server, log)
            yield found
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait(found: MariaDb, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert server.poll() is None, log.read_text(errors="replace")
        try:
            found.connected().close()
        except pymysql.OperationalError:
            assert time.monotonic() < deadline, log.read_text(errors="replace")
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="module")
def mariadb() -> Iterator[MariaDb]:
    """Debian's MariaDB, one for all tests of a module."""
    with running_mariadb() as server:
        yield server
