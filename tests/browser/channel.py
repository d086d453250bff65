"""The shield's message channel in Python: SEQPACKET, one JSON object a packet, and processes under their own uid."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MAX_PACKET = 256 * 1024
UIDS = {"gate": 801, "egress": 802, "console": 803, "audit": 804, "agent-api": 805}


def give_to(path: Path, uid: int) -> None:
    os.chown(path, uid, uid)
    path.chmod(0o700)


@contextlib.contextmanager
def acting_as(uid: int) -> Iterator[None]:
    os.setresuid(-1, uid, -1)
    try:
        yield
    finally:
        os.setresuid(-1, 0, -1)


def listen(path: Path, uid: int = 0) -> socket.socket:
    """`uid` is whom those who connect see: the kernel notes it at listen(2)."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(path))
    path.chmod(0o666)
    with acting_as(uid):
        listener.listen(16)
    return listener


def connect_as(uid: int, path: Path) -> socket.socket:
    """`uid` is whom the listener sees: the kernel notes it at connect(2)."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with acting_as(uid):
        channel.connect(str(path))
    return channel


def send(channel: socket.socket, message: dict[str, Any]) -> None:
    channel.send(json.dumps(message, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode())


def receive(channel: socket.socket, patience: float = 60.0) -> dict[str, Any] | None:
    """None at the end of the channel."""
    ready, _, _ = select.select([channel], [], [], patience)
    if not ready:
        raise TimeoutError("no message came")
    packet = channel.recv(MAX_PACKET)
    return json.loads(packet) if packet else None


class Service:
    """A shield program started as init starts it: its uid, its sockets by name, its credentials, NOTIFY_SOCKET.

    places: directories that only this program sees at the paths of the image, in a mount namespace of its own."""

    def __init__(self, program: Path, uid: int, sockets: dict[str, socket.socket], environment: dict[str, str],
                 places: dict[str, Path], directory: Path) -> None:
        self.program = program
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = directory / f"notify-{program.name}"
        address.unlink(missing_ok=True)
        self._notify.bind(str(address))
        address.chmod(0o666)
        self.log = directory / f"{program.name}.log"
        # Put into place by a shell, since LISTEN_FDS means descriptors 3, 4, … and LISTEN_PID the program's own pid.
        # Copies numbered from 64, so that putting one into place never overwrites the next.
        copies = [fcntl.fcntl(taken.fileno(), fcntl.F_DUPFD, 64) for taken in sockets.values()]
        moves = " ".join(f"{3 + i}<&{fd}" for i, fd in enumerate(copies))
        binds = "".join(f"mkdir -p {at}; mount --bind {source} {at}; " for at, source in places.items())
        script = (f"set -e; {binds}exec {moves}; export LISTEN_PID=$$; "
                  f'exec setpriv --reuid={uid} --regid={uid} --clear-groups "$0"')
        self.process = subprocess.Popen(
            ["unshare", "--mount", "/bin/bash", "-c", script, str(program)], stdin=subprocess.DEVNULL, stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT, pass_fds=copies,
            env={"PATH": "/usr/sbin:/usr/bin", "LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(sockets),
                 "NOTIFY_SOCKET": str(address), **environment},
        )
        for fd in copies:
            os.close(fd)

    def wait_ready(self, patience: float = 60.0) -> None:
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.program} ended with {self.process.returncode}:\n{self.log.read_text()}")
            ready, _, _ = select.select([self._notify], [], [], 0.1)
            if ready and b"READY=1" in self._notify.recv(4096).split(b"\n"):
                return
        raise RuntimeError(f"{self.program} was not ready in time:\n{self.log.read_text()}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self._notify.close()
