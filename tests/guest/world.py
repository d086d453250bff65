"""One booted guest that many tests share: `world.py start FOLDER IMAGE [--off WORDS]` keeps it, `world.py stop FOLDER` ends it.

The keeper is a process of its own in the closed internet; tests find everything they need in its folder and enter its
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

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from image.vm import closed_internet, keeper  # noqa: E402
from image.vm.machine import Machine, MachineError  # noqa: E402
from image.vm.workstation import Workstation  # noqa: E402


def _put(file: Path, text: str) -> None:
    """Whoever sees the file sees all of it."""
    file.with_suffix(".new").write_text(text)
    file.with_suffix(".new").rename(file)


def lines(file: Path) -> list[str]:
    """Of a log that is being written; its last line may not be whole yet."""
    return file.read_text(errors="replace").split("\n")[:-1]


def keep(folder: Path, image: Path, off: str) -> None:
    keeper.hold(folder)
    station = Workstation(folder, image, off=off)
    wire = open(folder / "wire.log", "w", buffering=1)

    class Written(list):
        def append(self, what) -> None:
            if what[0] not in ("arp", "icmp6-nd"):
                wire.write(f"{what[0]} {what[1]} {what[2]}\n")

    try:
        station.enter()
        station.internet.wire.sent = Written()
        ready = station.boot_until("ready", "failed")
        machine = station.machine
        (folder / "event").write_text(json.dumps(ready))
        (folder / "roots.pem").write_text(station.internet.roots())
        _put(folder / "started", ready["event"])
        # Tests leave what they want said to the controls port in a file.
        while machine.process.poll() is None:
            time.sleep(0.1)
            if (folder / "say").exists():
                machine.command((folder / "say").read_text())
                (folder / "say").unlink()
    except MachineError as error:
        _put(folder / "started", f"error {error}")
    finally:
        # A second one must not leave servers and qemu behind.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        station.stop()


def start(folder: Path, image: Path, off: str) -> int:
    stop(folder)
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    folder.mkdir(parents=True)
    with open(folder / "keeper.log", "wb") as log:
        child = subprocess.Popen([sys.executable, __file__, "keep", str(folder), str(image), "--off", off],
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    while not (folder / "started").exists():
        if child.poll() is not None:
            break
        time.sleep(0.2)
    state = (folder / "started").read_text() if (folder / "started").exists() else "ended"
    if state != "ready":
        print(f"the guest did not become ready: {state}\n{(folder / 'keeper.log').read_text()}", file=sys.stderr)
        for log in ("machine/control.log", "machine/console.log"):
            if (folder / log).exists():
                print(f"--- {log}\n{(folder / log).read_text(errors='replace')[-3000:]}", file=sys.stderr)
        stop(folder)
        return 1
    return 0


def stop(folder: Path) -> None:
    if left := keeper.stop(folder, 60):
        os.kill(left, signal.SIGKILL)
        while keeper.pid(folder) == left:
            time.sleep(0.1)


class World(Workstation):
    """A test's view of the kept guest, from the keeper's folder and inside its network namespace."""

    def __init__(self, folder: Path):
        self.folder = folder
        for name in ("git-password", "api-token", "enrol-code"):
            setattr(self, name.replace("-", "_"), (folder / name).read_text())
        self.ssh_key = folder / "ssh-key"
        self.origin = "http://anchor.shield.localhost:8711"
        self.ready = json.loads((folder / "event").read_text())
        self.internet = closed_internet.ClosedInternet.__new__(closed_internet.ClosedInternet)
        self.internet.folder = folder / "internet"
        self.internet.repositories = folder / "internet/repositories"
        libc = ctypes.CDLL(None, use_errno=True)
        with open(f"/proc/{keeper.pid(folder)}/ns/net") as namespace:
            if libc.setns(namespace.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), "enter the keeper's network namespace")

    def command(self, text: str) -> None:
        """A line to the port that only a controls image has (init/controls_port.hpp lists the commands)."""
        _put(self.folder / "say", text)
        while (self.folder / "say").exists():
            assert keeper.pid(self.folder), f"the guest ended before it took {text!r}"
            time.sleep(0.05)

    def qmp(self, command: str) -> dict:
        machine = Machine.__new__(Machine)
        machine.folder = self.folder / "machine"
        return machine.qmp(command)

    def events(self) -> list[dict]:
        return [json.loads(line) for line in lines(self.folder / "machine/control.log") if line.startswith("{")]

    def checkpoints(self) -> list[str]:
        return [json.loads(line) for line in lines(self.folder / "machine/audit.log")]

    def wait_for_event(self, since: int, *kinds: str, seconds: float = 300) -> dict:
        """The first event after `since` (a count of events()) of one of these kinds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for event in self.events()[since:]:
                if event.get("event") in kinds:
                    return event
            time.sleep(0.2)
        raise AssertionError(f"no {kinds} event; seen: {self.events()[since:]}")

    def wait_for_agent(self, script: str, seconds: float = 120) -> None:
        """Until the agent's command succeeds: what the shield's processes have of each other comes back shortly after them."""
        end = time.monotonic() + seconds
        while (last := self.agent(script)).returncode != 0:
            assert time.monotonic() < end, f"{script} failed for {seconds:.0f} s, at last with {last.stdout}{last.stderr}"
            time.sleep(0.5)

    def wire_mark(self) -> int:
        return len(lines(self.folder / "wire.log"))

    def left_the_guest(self, mark: int, awaited: str = "", seconds: float = 0.5) -> list[tuple[str, str, int]]:
        """Frames after the mark, but for ssh's and the console's own answers, which go to the gateway: those there are after so
        long, or as soon as there is one of the awaited protocol."""
        end = time.monotonic() + seconds
        while True:
            over = time.monotonic() > end
            new = [line.split() for line in lines(self.folder / "wire.log")[mark:]]
            frames = [(p, a, int(*port or [0])) for p, a, *port in new if a not in (closed_internet.GATEWAY4, closed_internet.GATEWAY6)]
            if over or awaited in [f[0] for f in frames]:
                return frames
            time.sleep(0.1)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["start", "stop", "keep"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("image", type=Path, nargs="?")
    parser.add_argument("--off", default="")
    given = parser.parse_args()
    if given.what == "stop":
        stop(given.folder)
        return 0
    if given.what == "keep":
        keep(given.folder, given.image, given.off)
        return 0
    return start(given.folder, given.image, given.off)


if __name__ == "__main__":
    sys.exit(main())
