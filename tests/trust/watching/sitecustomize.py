"""Loaded by every Python that a trust test starts: notes who is called, which programs start and what is written."""

import os
import sys
from typing import Any

_LOG = os.open(os.environ["TRUST_WATCH_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _note(kind: str, value: object) -> None:
    os.write(_LOG, f"{kind}\t{os.getpid()}\t{value!r}\n".encode())


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        _note("connect", arguments[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        _note("resolve", arguments[0])
    elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        _note("program", arguments[1] if event == "subprocess.Popen" else arguments[0])
    elif event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES:
        _note("write", arguments[0])


sys.addaudithook(_watch)
