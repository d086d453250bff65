"""Build results: made once, kept while somebody uses them, dropped when they are old."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

REPO = Path(__file__).resolve().parents[2]
MAKE = """
import sys
from image.host import cache
print(cache.make("thing", sys.argv[1], lambda into: (into / "made").write_text(""), keep=1), flush=True)
sys.stdin.read()
"""


def line(stream: IO[str] | None) -> str:
    """The next line of a process that was started with a pipe there."""
    assert stream is not None
    return stream.readline()


def python(code: str, *arguments: str, cache: Path, **options) -> subprocess.Popen:
    environment = {**os.environ, "ANCHORHOLD_CACHE": str(cache)}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], cwd=REPO, env=environment, text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)


@pytest.fixture
def run(tmp_path):
    started = []

    def begin(key: str) -> subprocess.Popen:
        """A run that has its result and goes on until its standard input ends."""
        started.append(python(MAKE, key, cache=tmp_path))
        assert line(started[-1].stdout) == f"{tmp_path}/thing/{key}\n"
        return started[-1]

    yield begin
    for process in started:
        process.communicate()


def test_a_result_in_use_is_not_dropped(tmp_path, run):
    first = run("old")
    run("new").communicate()
    assert (tmp_path / "thing/old/made").exists()
    first.communicate()
    run("newer")
    assert [p.name for p in (tmp_path / "thing").iterdir()] == ["newer"]


def test_a_second_run_waits_and_says_for_whom(tmp_path):
    hold = "from image.host import cache\nwith cache.locked('thing'): print('held', flush=True); input()"
    first = python(hold, cache=tmp_path)
    assert line(first.stdout) == "held\n"
    second = python(hold, cache=tmp_path, stderr=subprocess.PIPE)
    assert f"waiting for process {first.pid}" in line(second.stderr)
    first.communicate("\n")
    assert second.communicate("\n")[0] == "held\n"
