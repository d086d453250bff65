"""What the host side makes of an emulator that fails. The emulator is a stand-in."""

import os
from pathlib import Path

import pytest

from image.vm.machine import Machine, MachineError

EMULATOR = """#!/usr/bin/python3
import os, signal, socket, sys, time
directory = next(a for a in sys.argv if a.startswith("file:"))[5:].rsplit("/", 1)[0]
count = len(os.listdir(directory + "/starts"))
open(f"{directory}/starts/{count}", "w").close()
open(directory + "/console.log", "w").write(os.environ.get("CONSOLE", ""))
if count < int(os.environ["ABORTS"]):
    print("Assertion failed", flush=True)
    os.kill(os.getpid(), signal.SIGABRT)
control = socket.socket(socket.AF_UNIX)
control.connect(directory + "/control")
control.sendall(b'{"event": "ready"}\\n')
if "LAST" in os.environ:
    control.sendall(b'{"event": "%s"}\\n' % os.environ["LAST"].encode())
    os._exit(7)
time.sleep(600)
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    emulator = tmp_path / "qemu-system-x86_64"
    emulator.write_text(EMULATOR)
    emulator.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "starts").mkdir()
    made = Machine(tmp_path, tmp_path, [], tap=None, command_line="none")
    yield made
    made.kill()


def starts(machine: Machine) -> int:
    return len(list((machine.directory / "starts").iterdir()))


def test_an_emulator_that_aborts_before_the_guest_began_is_started_again(machine, monkeypatch, capfd):
    monkeypatch.setenv("ABORTS", "2")
    machine.start()
    assert machine.wait_event("ready")["event"] == "ready"
    assert starts(machine) == 3 and capfd.readouterr().err.count("Assertion failed") == 2


@pytest.mark.parametrize(("aborts", "console", "expected"), [("9", "", 3), ("1", "Linux version 6.12", 1)])
def test_one_that_goes_on_aborting_or_ran_a_guest_is_not(machine, monkeypatch, aborts, console, expected):
    monkeypatch.setenv("ABORTS", aborts)
    monkeypatch.setenv("CONSOLE", console)
    machine.start()
    with pytest.raises(MachineError, match="qemu exit status -6"):
        machine.wait_event("ready")
    assert machine.wait_end() == -6 and starts(machine) == expected


def test_what_the_guest_said_last_is_heard_whoever_waits_for_its_end(machine, monkeypatch):
    monkeypatch.setenv("ABORTS", "1")
    monkeypatch.setenv("LAST", "failed")
    machine.start()
    assert machine.wait_end() == 7 and starts(machine) == 2
    assert machine.wait_event("failed")["event"] == "failed"
