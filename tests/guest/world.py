"""One booted guest that many tests share: `world.py start DIRECTORY IMAGE [--off WORDS]` keeps it, `world.py stop DIRECTORY` ends it.

The guest is run by a process of its own in the closed internet; tests find everything they need in its directory and enter its
network namespace, so that each CTest test is a small program and the boot is paid once.
"""

import argparse
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from image.vm import closed_internet, instance_lock
from image.vm.machine import Machine, MachineError
from image.vm.wait import wait_until
from image.vm.workstation import Workstation


def _put(file: Path, text: str) -> None:
    """Whoever sees the file sees all of it."""
    file.with_suffix(".new").write_text(text)
    file.with_suffix(".new").rename(file)


def lines(file: Path) -> list[str]:
    """Of a log that is being written; its last line may not be whole yet."""
    return file.read_text(errors="replace").split("\n")[:-1]


def keep(directory: Path, image: Path, off: str) -> None:
    instance_lock.hold(directory)
    station = Workstation(directory, image, off=off)
    wire = open(directory / "wire.log", "w", buffering=1)

    class Written(list):
        def append(self, what) -> None:
            if what[0] not in ("arp", "icmp6-nd"):
                wire.write(f"{what[0]} {what[1]} {what[2]}\n")

    try:
        station.enter()
        station.internet.wire.sent = Written()
        ready = station.boot_until("ready", "failed")
        machine = station.machine
        (directory / "event").write_text(json.dumps(ready))
        (directory / "roots.pem").write_text(station.internet.roots())
        _put(directory / "started", ready["event"])
        # Tests leave what they want said to the controls port in a file.
        while machine.process.poll() is None:
            time.sleep(0.1)
            if (directory / "say").exists():
                machine.command((directory / "say").read_text())
                (directory / "say").unlink()
    except MachineError as error:
        _put(directory / "started", f"error {error}")
    finally:
        # A second one must not leave servers and qemu behind.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        station.stop()


def start(directory: Path, image: Path, off: str) -> int:
    stop(directory)
    subprocess.run(["rm", "-rf", str(directory)], check=True)
    directory.mkdir(parents=True)
    with open(directory / "runner.log", "wb") as log:
        child = subprocess.Popen([sys.executable, __file__, "keep", str(directory), str(image), "--off", off],
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    while not (directory / "started").exists():
        if child.poll() is not None:
            break
        time.sleep(0.2)
    state = (directory / "started").read_text() if (directory / "started").exists() else "ended"
    if state != "ready":
        print(f"the guest did not become ready: {state}\n{(directory / 'runner.log').read_text()}", file=sys.stderr)
        for name in ("machine/control.log", "machine/console.log"):
            if (directory / name).exists():
                print(f"--- {name}\n{(directory / name).read_text(errors='replace')[-3000:]}", file=sys.stderr)
        stop(directory)
        return 1
    return 0


def stop(directory: Path) -> None:
    if left := instance_lock.stop(directory, 60):
        os.kill(left, signal.SIGKILL)
        while instance_lock.pid(directory) == left:
            time.sleep(0.1)


class World(Workstation):
    """A test's view of the kept guest, from the running process' directory and inside its network namespace."""

    def __init__(self, directory: Path):
        self.directory = directory
        for name in ("git-password", "api-token", "enrol-code"):
            setattr(self, name.replace("-", "_"), (directory / name).read_text())
        self.ssh_key = directory / "ssh-key"
        self.origin = "http://anchor.shield.localhost:8711"
        self.ready = json.loads((directory / "event").read_text())
        self.internet = closed_internet.ClosedInternet.__new__(closed_internet.ClosedInternet)
        self.internet.directory = directory / "internet"
        self.internet.repositories = directory / "internet/repositories"
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/proc/{instance_lock.pid(directory)}/ns/net") as namespace:
            if libc.setns(namespace.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), "enter the guest's network namespace")

    def command(self, text: str) -> None:
        """A line to the port that only a controls image has (init/controls/controls_port.hpp lists the commands)."""
        _put(self.directory / "say", text)

        def taken() -> bool:
            assert instance_lock.pid(self.directory), f"the guest ended before it took {text!r}"
            return not (self.directory / "say").exists()

        wait_until(taken, f"{text!r} to be taken", seconds=300)

    def qmp(self, command: str) -> dict:
        machine = Machine.__new__(Machine)
        machine.directory = self.directory / "machine"
        return machine.qmp(command)

    def events(self) -> list[dict]:
        return [json.loads(line) for line in lines(self.directory / "machine/control.log") if line.startswith("{")]

    def checkpoints(self) -> list[str]:
        return [json.loads(line) for line in lines(self.directory / "machine/audit.log")]

    def wait_for_event(self, since: int, *kinds: str, seconds: float = 300) -> dict:
        """The first event after `since` (a count of events()) of one of these kinds."""
        return wait_until(lambda: next((event for event in self.events()[since:] if event.get("event") in kinds), None),
                          f"an event {' or '.join(kinds)}", lambda: f"there are {self.events()[since:]}", seconds=seconds)

    def wait_for_agent(self, script: str, seconds: float = 120) -> None:
        """Until the agent's command succeeds: what the shield's processes have of each other comes back shortly after them."""
        ended: list[subprocess.CompletedProcess[str]] = []

        def succeeds() -> bool:
            ended.append(self.agent(script))
            return ended[-1].returncode == 0

        wait_until(succeeds, script, lambda: f"at last it failed with {ended[-1].stdout}{ended[-1].stderr}", seconds=seconds, pause=0.5)

    def wire_mark(self) -> int:
        return len(lines(self.directory / "wire.log"))

    def left_the_guest(self, mark: int, awaited: str = "", seconds: float = 0.5) -> list[tuple[str, str, int]]:
        """Frames after the mark, but for ssh's and the console's own answers, which go to the gateway: those there are after so
        long, or as soon as there is one of the awaited protocol."""
        end = time.monotonic() + seconds
        while True:
            over = time.monotonic() > end
            new = [line.split() for line in lines(self.directory / "wire.log")[mark:]]
            frames = [(p, a, int(port[0]) if port else 0) for p, a, *port in new if a not in (closed_internet.GATEWAY4, closed_internet.GATEWAY6)]
            if over or awaited in [f[0] for f in frames]:
                return frames
            time.sleep(0.1)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["start", "stop", "keep"])
    parser.add_argument("directory", type=Path)
    parser.add_argument("image", type=Path, nargs="?")
    parser.add_argument("--off", default="")
    given = parser.parse_args()
    if given.what == "stop":
        stop(given.directory)
        return 0
    if given.what == "keep":
        keep(given.directory, given.image, given.off)
        return 0
    return start(given.directory, given.image, given.off)


if __name__ == "__main__":
    sys.exit(main())
