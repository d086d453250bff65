"""What the person at the terminal sees: one line a step, with the time it took; the full text goes to a log."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from . import cache

LOGS = cache.ROOT / "logs"


class StepFailed(Exception):
    """A step ended badly; the text says what, where and what to do next."""


def line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(text: str, log: Path | None = None) -> Iterator[None]:
    """Say what begins, show that it still goes on, say how long it took."""
    start, done, tty = time.monotonic(), threading.Event(), sys.stderr.isatty()
    label = f"  {text}"

    def beat() -> None:
        while not done.wait(1 if tty else 30):
            seconds = int(time.monotonic() - start)
            last = _last_line(log) if log else ""
            if tty:
                width = os.get_terminal_size(sys.stderr.fileno()).columns
                print(f"\r\033[K{f'{label} … {seconds} s  {last}'[: width - 1]}", end="", file=sys.stderr, flush=True)
            else:
                line(f"{label} … {seconds} s  {last[:80]}")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        end = "\r\033[K" if tty else ""
        print(f"{end}{label}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


def run(text: str, command: Sequence[str | Path], *, log_name: str, **kwargs: Any) -> None:
    """Run one long command as a step; on failure show the end of its log and where the rest is."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{log_name}.log"
    with step(text, log), open(log, "wb") as out:
        code = subprocess.run([str(c) for c in command], stdout=out, stderr=subprocess.STDOUT, **kwargs).returncode
    if code != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise StepFailed(f"{text}: exit status {code}\n{tail}\nThe whole log: {log}")


def _last_line(log: Path) -> str:
    try:
        with open(log, "rb") as f:
            f.seek(0, os.SEEK_END)
            f.seek(max(0, f.tell() - 400))
            lines = f.read().decode(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
    except OSError:
        return ""
