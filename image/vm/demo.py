"""The demo that image/run starts in the tools tree: a workstation, kept until SIGTERM."""

import argparse
import os
import signal
import sys
from pathlib import Path

from .machine import MachineError
from .workstation import Workstation


def main() -> int:
    arguments = argparse.ArgumentParser(prog="demo")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("image", type=Path)
    given = arguments.parse_args()
    station = Workstation(given.folder, given.image, host_ports=True)
    (given.folder / "pid").write_text(str(os.getpid()))
    (given.folder / "ready").unlink(missing_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    station.enter()
    machine = station.boot()
    try:
        print(f"accelerator: {station.accelerator_why}", flush=True)
        event = machine.wait_event("ready", "failed")
        if event["event"] == "failed":
            print(f"the guest says: {event}", file=sys.stderr)
            return 1
        (given.folder / "ready").write_text(station.enrol_code)
        machine.wait_end(365 * 86400)
    except MachineError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        if machine.process.poll() is None:
            machine.press_power_button()
            try:
                machine.wait_end(30)
            except Exception:
                pass
        station.stop()
        (given.folder / "pid").unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
