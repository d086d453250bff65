"""The ways down: the power button, and the signals that PID 1 takes for the same. What the agent wrote is there afterwards."""

import os
import signal
from pathlib import Path

import pytest

# Only that image has a port by which a test can signal PID 1.
IMAGE = Path(os.environ["ANCHORHOLD_CONTROLS_IMAGE"])


SAVES_ITS_WORK = """cat >save.sh <<'SAVE'
trap 'echo saved >>~/saved; exit' TERM
: >/tmp/waits
while :; do sleep 1; done
SAVE
setsid nohup bash save.sh >/dev/null 2>&1 </dev/null &
until [ -e /tmp/waits ]; do sleep .1; done"""


@pytest.mark.parametrize("way", ["button", signal.SIGTERM, signal.SIGPWR, signal.SIGINT])
def test_down_in_order(station, way):
    assert station.boot_until("ready", "failed")["event"] == "ready"
    machine = station.machine
    assert station.agent(f"echo {way} >> ways; cat /etc/machine-id >> ids").returncode == 0
    # A program of the agent's that saves its work when it is told to end, left behind by a session that is over.
    assert station.agent(SAVES_ITS_WORK).returncode == 0
    if way == "button":
        machine.press_power_button()
    else:
        machine.command(f"signal {int(way)}")
    assert machine.wait_event("poweroff")
    assert machine.wait_end() == 0
    # -no-reboot turns a restart into an end, too; the kernel says which it was.
    last = machine.console_tail()
    assert ("Restarting system" if way == signal.SIGINT else "Power down") in last, last


def test_what_was_written_before_is_on_the_disk(station):
    assert station.boot_until("ready", "failed")["event"] == "ready"
    assert len(station.agent("cat ways").stdout.split()) == 4


def test_the_machine_has_one_id_of_its_own(station):
    ids = station.agent("cat ids").stdout.split()
    assert len(ids) == 4 and set(ids) == {station.agent("cat /etc/machine-id").stdout.strip()} and len(ids[0]) == 32


def test_the_agents_programs_were_told_to_end_each_time(station):
    assert station.agent("cat saved").stdout.split() == ["saved"] * 4
