"""The lock of a running guest: its holder is known while it lives, and nobody is taken for one that is gone."""

import subprocess
import sys
from pathlib import Path

import pytest

from image.vm import instance_lock

HOLD = """
import sys, time
from pathlib import Path
from image.vm import instance_lock
instance_lock.hold(Path(sys.argv[1]))
print("held", flush=True)
"""


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(then: str = "time.sleep(600)") -> subprocess.Popen:
        started.append(subprocess.Popen([sys.executable, "-c", HOLD + then, tmp_path], cwd=Path(__file__).resolve().parents[2],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def test_a_holder_is_known_until_it_is_asked_to_stop(tmp_path, start):
    assert instance_lock.pid(tmp_path) == 0
    process = start()
    assert process.stdout.readline() == "held\n"
    assert instance_lock.pid(tmp_path) == process.pid
    assert instance_lock.stop(tmp_path, 60) == 0
    assert process.wait() == 0
    assert instance_lock.pid(tmp_path) == 0


def test_a_killed_holder_leaves_nobody_who_could_be_signalled(tmp_path, start):
    process = start()
    process.stdout.readline()
    process.kill()
    process.wait()
    with subprocess.Popen(["sleep", "600"]) as bystander:
        (tmp_path / instance_lock.FILE).write_text(str(bystander.pid))
        assert instance_lock.pid(tmp_path) == 0
        assert instance_lock.stop(tmp_path, 0) == 0
        assert bystander.poll() is None
        bystander.kill()


def test_a_directory_has_one_holder(tmp_path, start):
    first = start()
    first.stdout.readline()
    _, said = start().communicate()
    assert f"process {first.pid} runs this guest already" in said


def test_a_holder_that_does_not_stop_is_named(tmp_path, start):
    process = start("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)")
    assert [process.stdout.readline(), process.stdout.readline()] == ["held\n", "deaf\n"]
    assert instance_lock.stop(tmp_path, 0) == process.pid
