"""The host's word to a running guest, on its port org.anchorhold.command: no package is needed for it, only Python's own."""

import socket
from collections.abc import Callable
from pathlib import Path

from .demo_state import events
from .wait import wait_until


class NotTaken(Exception):
    """The guest did not do what the host said."""


def restart_cell(directory: Path, seconds: float = 300) -> None:
    """End every process of the agent and start its world anew; returns once init says that it is ready again.
    `directory` is the workstation's, whose machine/control.log holds what init tells."""
    seen = len(events(directory))
    with socket.socket(socket.AF_UNIX) as port:
        port.connect(str(directory / "machine/command"))
        port.sendall(b"restart-cell\n")
        # qemu may drop what a peer has said that is gone.
        _wait(lambda: _told(directory, seen, "restart"), "init did not take the command", 60)
    _wait(lambda: _told(directory, seen, "ready"), "the agent's world did not come back", seconds)


def _told(directory: Path, seen: int, kind: str) -> bool:
    return any(event.get("event") == kind for event in events(directory)[seen:])


def _wait(done: Callable[[], bool], otherwise: str, seconds: float) -> None:
    try:
        wait_until(done, otherwise, seconds=seconds)
    except TimeoutError as late:
        raise NotTaken(f"{otherwise} within {seconds:.0f} s") from late
