"""The process that runs a guest holds a lock in the guest's directory for its life. The kernel says who holds it, so whatever
ended the last holder, what is left in the directory names nobody."""

import contextlib
import fcntl
import os
import signal
import struct
import sys
from pathlib import Path

from .wait import wait_until

FILE = "instance-lock"
FLOCK = struct.Struct("hhqqi4x")  # struct flock of x86-64: type, whence, start, length, pid

# Put before a command, it ends that program when the process that started it ends, however that ends.
DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")


def hold(directory: Path) -> None:
    """Take the lock, for good; to open and close the file once more would give it up. SIGTERM then raises SystemExit."""
    lock = os.open(directory / FILE, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(f"{directory}: process {pid(directory)} runs this guest already; end it first")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def pid(directory: Path) -> int:
    """The process that holds the lock of this directory, or 0."""
    try:
        with open(directory / FILE, "rb") as lock:
            asked = fcntl.fcntl(lock, fcntl.F_GETLK, FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    except FileNotFoundError:
        return 0
    kind, *_, holder = FLOCK.unpack(asked)
    return 0 if kind == fcntl.F_UNLCK else holder


def stop(directory: Path, seconds: float) -> int:
    """Ask the holder to end; the process, if it still holds the lock after that time, or 0."""
    holder = pid(directory)
    if not holder:
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(holder, signal.SIGTERM)
    try:
        wait_until(lambda: pid(directory) != holder, "its end", seconds=seconds)
    except TimeoutError:
        return holder
    return 0
