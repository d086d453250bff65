"""The demo that image/run starts in the tools tree: a workstation, kept until SIGTERM."""

import argparse
import contextlib
import errno
import signal
import sys
from pathlib import Path

from . import instance_lock
from .machine import MachineError
from .workstation import Workstation


def keep(station: Workstation, ready: Path) -> None:
    try:
        # image/run reads what init tells in this boot (demo_state.py).
        (station.directory / "machine/control.log").unlink(missing_ok=True)
        station.enter()
        machine = station.boot()
        print(f"accelerator: {station.accelerator_why}", flush=True)
        event = machine.wait_event("ready", "failed")
        if event["event"] == "failed":
            raise MachineError(f"the guest says: {event}")
        ready.touch()
        machine.wait_end(365 * 86400)
    finally:
        # An impatient second one must not leave servers and qemu behind.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ready.unlink(missing_ok=True)
        if hasattr(station, "machine"):
            with contextlib.suppress(OSError, MachineError):
                station.power_off(30)
        station.stop()


def main() -> int:
    arguments = argparse.ArgumentParser(prog="demo")
    arguments.add_argument("directory", type=Path)
    arguments.add_argument("image", type=Path)
    arguments.add_argument("--debug", action="store_true", help="a root shell on the serial port, a gdb stub (debug.py)")
    given = arguments.parse_args()
    instance_lock.hold(given.directory)
    try:
        keep(Workstation(given.directory, given.image, host_ports=True, debug=given.debug), given.directory / "ready")
    except MachineError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(f"{error.strerror}: end the program that listens there (ss -ltnp names it), then run again", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
