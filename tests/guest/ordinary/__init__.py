"""The ordinary, as tables: each row is tried as the agent in the guest, and on plain Debian beside it."""

import json
import re
import shlex
from collections.abc import Callable, Iterable
from pathlib import Path

from . import development, files, kernel, network, processes
from .refused import REFUSED
from .row import Row

ROWS = [*processes.ROWS, *kernel.ROWS, *files.ROWS, *development.ROWS, *network.ROWS]


def script(rows: Iterable[Row]) -> str:
    """For a shell: runs them all and prints a line of JSON for each."""
    listed = json.dumps([{"name": row.name, "line": row.line, "seconds": row.seconds} for row in rows])
    runner = Path(__file__).with_name("runner.py").read_text()
    return f"python3 -c {shlex.quote(runner)} <<'ROWS'\n{listed}\nROWS\n"


class Results:
    """What came of the chosen rows, all sent at once when the first is asked for."""

    def __init__(self, rows: list[Row], run: Callable[[str], str]):
        self._rows, self._run = rows, run
        self._seen: dict[str, dict] = {}

    def check(self, row: Row) -> None:
        if not self._seen:
            reports = [json.loads(line) for line in self._run(script(self._rows)).splitlines()]
            self._seen = {report["name"]: report for report in reports}
        assert row.name in self._seen, "the runner ended before this row"
        report = self._seen[row.name]
        told = f"{row.line}\nended with {report['exit']}{report['over'] and ', '}{report['over']} and said\n{report['said']}"
        assert not report["over"] and report["exit"] == row.exit, told
        assert re.search(row.says, report["said"], re.M), told


__all__ = ["REFUSED", "ROWS", "Results", "Row", "script"]
