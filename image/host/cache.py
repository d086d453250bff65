"""A build step's result lives under a name that is the hash of everything it was made from.

Same inputs, same name, nothing is built again; other inputs, another name, nothing stale is used.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
ROOT = Path(os.environ.get("ANCHORHOLD_CACHE", Path.home() / ".cache" / "anchorhold"))

# Results that this process has asked for, each with the descriptor whose lock keeps it from being dropped by another run.
_in_use: dict[Path, int] = {}


def digest(*parts: str | bytes | Path) -> str:
    """Hash of strings, file contents and trees; paths count by name inside the repository and content."""
    h = hashlib.sha256()
    for part in parts:
        if isinstance(part, Path):
            for file in sorted(p for p in ([part] if part.is_file() else part.rglob("*")) if p.is_file()):
                name = file.relative_to(REPO) if file.is_relative_to(REPO) else file.name
                if "__pycache__" in file.parts:
                    continue
                h.update(f"{name}\0{file.stat().st_mode & 0o111}\0".encode())
                h.update(file.read_bytes())
        else:
            h.update(part.encode() if isinstance(part, str) else part)
        h.update(b"\0")
    return h.hexdigest()[:20]


def file_hash(path: Path) -> str:
    """SHA-256 of a file of any size."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """One run at a time does what the name stands for; another says for whom it waits."""
    (ROOT / "locks").mkdir(parents=True, exist_ok=True)
    with open(ROOT / "locks" / name, "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            print(f"  waiting for {lock.read()} ({name})", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.truncate(0)
        print(f"process {os.getpid()}, {' '.join(sys.argv)}", end="", file=lock, flush=True)
        yield


def make(kind: str, key: str, build: Callable[[Path], None], keep: int = 3) -> Path:
    """Return ROOT/kind/key, building it into a side directory first: a broken build leaves no result behind.

    Two runs at once build it once, and what a run was given stays until that run ends.
    """
    final = ROOT / kind / key
    with locked(kind):
        if not final.exists():
            for left in (ROOT / kind).glob(".*.new"):  # by builds that were broken off
                shutil.rmtree(left, ignore_errors=True)
            side = ROOT / kind / f".{key}.new"
            side.mkdir(parents=True)
            build(side)
            side.rename(final)
        os.utime(final)
        if final not in _in_use:
            _in_use[final] = os.open(final, os.O_RDONLY)
            fcntl.flock(_in_use[final], fcntl.LOCK_SH)
            _drop_old(ROOT / kind, keep)
    return final


def _drop_old(directory: Path, keep: int) -> None:
    entries: Iterable[Path] = (p for p in directory.iterdir() if not p.name.startswith("."))
    for old in sorted(entries, key=lambda p: p.stat().st_mtime, reverse=True)[keep:]:
        lock = os.open(old, os.O_RDONLY)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(old, ignore_errors=True)
        os.close(lock)
