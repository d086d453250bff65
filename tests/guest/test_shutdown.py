"""The ways down: the power button, and the signals that PID 1 takes for the same. What the agent wrote is there afterwards."""

import os
import signal
from pathlib import Path

import pytest

# Only that image has a port by which a test can signal PID 1.
IMAGE = Path(os.environ["ANCHORHOLD_CONTROLS_IMAGE"])


@pytest.mark.parametrize("way", ["button", signal.SIGTERM, signal.SIGPWR, signal.SIGINT])
def test_down_in_order(station, way):
    assert station.boot_until("ready", "failed")["event"] == "ready"
    machine = station.machine
    assert station.agent(f"echo {way} >> ways").returncode == 0
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
