"""Tells which readers pcscd has, one JSON line each time: a program of its own, since its context may break.

    python -m firmware_adapters.smart_card.watch_readers [SOCKET]

Lines: `{"readers": [NAME, ...]}`, and `{"trouble": CODE, "detail": TEXT}` with a code of reasons.py while
there is no service. It ends when its standard input does, and when a context that once worked is broken:
whoever reads the lines starts it anew.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final, NoReturn

from firmware_adapters.smart_card import reasons

if TYPE_CHECKING:
    from firmware_adapters.smart_card.pcsc import PcscContext

BROKEN: Final = 3
"""Exit status when the context broke."""
LOOK_EVERY_MS: Final = 1000
"""pcscd tells when a reader comes or goes; should it not, this is how late it is noticed."""
ASK_AGAIN_S: Final = 0.25
"""While no pcscd runs."""


def main(arguments: list[str]) -> NoReturn:
    """Tell readers until the end."""
    # The C library may hang in a call for ever; only os._exit ends the program then.
    threading.Thread(target=_end_with_input, name="standard input", daemon=True).start()
    socket = arguments[0] if arguments else ""
    try:
        from firmware_adapters.smart_card.pcsc import PcscContext, PcscError  # noqa: PLC0415 - may be missing
    except ImportError as error:
        _say({"trouble": reasons.NO_LIBRARY.code, "detail": str(error)})
        threading.Event().wait()
    told = ""
    while True:
        try:
            context = PcscContext(socket)
            break
        except PcscError as error:
            denied = error.name in ("SCARD_W_SECURITY_VIOLATION", "SCARD_E_NO_ACCESS")
            reason = reasons.NO_PERMISSION if denied else reasons.NO_SERVICE
            if told != error.name:
                _say({"trouble": reason.code, "detail": str(error)})
                told = error.name
            time.sleep(ASK_AGAIN_S)
    try:
        _watch(context)
    except PcscError as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(BROKEN)


def _watch(context: PcscContext) -> NoReturn:
    told: list[str] | None = None
    while True:
        readers = context.readers()
        if readers != told:
            _say({"readers": readers})
            told = readers
        context.wait_for_readers(LOOK_EVERY_MS)


def _say(line: dict[str, Any]) -> None:
    try:
        os.write(sys.stdout.fileno(), json.dumps(line).encode() + b"\n")
    except OSError:
        os._exit(0)  # nobody reads any more


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
