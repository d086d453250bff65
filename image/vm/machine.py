"""One guest under qemu: its disks, its one NIC on the closed internet, its channels to the host."""

import base64
import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import debug, instance_lock


class MachineError(Exception):
    """The guest did not do what was waited for; the text holds the end of its console."""


@dataclass
class Machine:
    image: Path  # directory of image/host/disk.py
    directory: Path  # sockets, logs and the state disk of this run
    accelerator: list[str]
    credentials: Mapping[str, str | bytes] = field(default_factory=dict)
    tap: str | None = "tap0"
    firmware: bool = False  # boot the UKI under OVMF instead of the kernel directly
    state_disk: Path | None = None
    memory_mib: int = 2048
    cpus: int = 2
    extra: list[str] = field(default_factory=list)
    smbios_credentials: Mapping[str, str] = field(default_factory=dict)
    disk: Path | None = None  # another disk than the image's own, for tests that damage it
    command_line: str | None = None  # another than the image's own, for tests that go without verity
    debug: bool = False  # a root shell on the serial port, a gdb stub: see debug.py
    starts: int = field(default=0, init=False)

    def start(self) -> None:
        self.starts += 1
        self.directory.mkdir(parents=True, exist_ok=True)
        self.events: queue.Queue[dict] = queue.Queue()
        self.checkpoints: list[str] = []
        self.answers: queue.Queue[dict] = queue.Queue()
        self._connections: dict[str, socket.socket] = {}
        self._readers: list[threading.Thread] = []
        self._listeners = [self._channel("control", self._on_event), self._channel("audit", self._on_checkpoint),
                           self._channel("controls", self.answers.put)]
        # Of the last boot here; _started_again() must not take it for this one's.
        (self.directory / "console.log").unlink(missing_ok=True)
        self.started = time.monotonic()
        self.process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=open(self.directory / "qemu.log", "wb"),
                                        stderr=subprocess.STDOUT)

    def _command(self) -> list[str]:
        disk = self.disk or self.image / "anchorhold.raw"
        command = [*instance_lock.DIE_WITH_PARENT, "qemu-system-x86_64", "-M", "q35,hpet=on", *self.accelerator,
                   "-smp", str(self.cpus), "-m", str(self.memory_mib), "-nodefaults", "-display", "none", "-no-reboot",
                   *debug.qemu_arguments(self.directory, self.debug), "-device", "pvpanic-pci", "-action", "panic=exit-failure",
                   "-device", "virtio-rng-pci", "-qmp", f"unix:{self.directory}/qmp,server=on,wait=off",
                   "-drive", f"file={disk},if=none,id=root,format=raw,readonly=on", "-device", "virtio-blk-pci,drive=root",
                   "-device", "virtio-serial-pci"]
        for name in ("control", "audit", "controls"):
            command += ["-chardev", f"socket,id={name},path={self.directory}/{name}",
                        "-device", f"virtserialport,chardev={name},name=org.anchorhold.{name}"]
        # Whoever runs the machine connects when there is something to say (host_command.py).
        command += ["-chardev", f"socket,id=command,path={self.directory}/command,server=on,wait=off",
                    "-device", "virtserialport,chardev=command,name=org.anchorhold.command"]
        if self.state_disk:
            command += ["-drive", f"file={self.state_disk},if=none,id=state,format=raw,cache=writeback,discard=unmap",
                        "-device", "virtio-blk-pci,drive=state,serial=anchorhold-state"]
        if self.tap:
            command += ["-netdev", f"tap,id=up,ifname={self.tap},script=no,downscript=no", "-device", "virtio-net-pci,netdev=up"]
        if self.firmware:
            variables = self.directory / "vars.fd"
            variables.write_bytes(Path("/usr/share/OVMF/OVMF_VARS_4M.fd").read_bytes())
            command += ["-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
                        "-drive", f"if=pflash,format=raw,file={variables}"]
        else:
            words = self.command_line or (self.image / "anchorhold.cmdline").read_text().strip()
            command += ["-kernel", str(self.image / "bzImage"), "-append", debug.command_line(words) if self.debug else words]
        secret = self.directory / "credentials"
        secret.mkdir(mode=0o700, exist_ok=True)
        for name, value in self.credentials.items():
            (secret / name).write_bytes(value if isinstance(value, bytes) else value.encode())
            command += ["-fw_cfg", f"name=opt/io.systemd.credentials/{name},file={secret / name}"]
        for name, value in self.smbios_credentials.items():
            coded = base64.b64encode(value.encode()).decode()
            command += ["-smbios", f"type=11,value=io.systemd.credential.binary:{name}={coded}"]
        return [*command, *self.extra]

    def _channel(self, name: str, handle: Callable[[Any], None]) -> socket.socket:
        path = self.directory / name
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        listener.listen(1)

        def read() -> None:
            try:
                connection, _ = listener.accept()
                self._connections[name] = connection
                with connection.makefile("rb") as lines, open(self.directory / f"{name}.log", "ab", buffering=0) as log:
                    for line in lines:
                        log.write(line)
                        try:
                            handle(json.loads(line))
                        except ValueError:
                            pass
            except OSError:
                pass

        self._readers.append(threading.Thread(target=read, daemon=True))
        self._readers[-1].start()
        return listener

    def _on_event(self, event: dict) -> None:
        event["host_seconds"] = time.monotonic() - self.started
        self.events.put(event)

    def _on_checkpoint(self, note: str) -> None:
        self.checkpoints.append(note)

    def command(self, text: str) -> None:
        """A line to the port that only test images listen on (init/controls/controls_port.hpp lists the commands)."""
        self._connections["controls"].sendall(text.encode() + b"\n")

    def wait_event(self, *kinds: str, seconds: float = 300) -> dict:
        """The next event of one of these kinds; others before it are dropped. Fails when the guest ends or time is up."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                event = self.events.get(timeout=0.2)
                if event.get("event") in kinds:
                    return event
            except queue.Empty:
                if self.process.poll() is None or self._started_again():
                    continue
                self._hear_out()
                if self.events.empty():
                    raise MachineError(f"the guest ended (qemu exit status {self.process.returncode}) before "
                                       f"{' or '.join(kinds)}\n{self.console_tail()}") from None
        raise MachineError(f"no {' or '.join(kinds)} within {seconds:.0f} s\n{self.console_tail()}")

    def _started_again(self) -> bool:
        """Under load TCG now and then trips over itself while the firmware maps devices: nothing of ours has run then."""
        if self.process.returncode != -signal.SIGABRT or self.console() or self.starts >= 3:
            return False
        print(f"qemu aborted before the guest began, and is started again: {self.console_tail()}", file=sys.stderr, flush=True)
        self.kill()
        self.start()
        return True

    def _hear_out(self) -> None:
        """Until what the guest said last is in the logs and among the events; it has ended."""
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
        for reader in self._readers:
            reader.join()

    def console(self) -> str:
        path = self.directory / "console.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def console_tail(self) -> str:
        """The last the guest said; if it never began, what qemu said."""
        said = self.console() or (self.directory / "qemu.log").read_text(errors="replace")
        return "\n".join(said.splitlines()[-30:])

    def qmp(self, command: str, **arguments: Any) -> dict:
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.directory / "qmp"))
            stream = s.makefile("rwb")
            stream.readline()
            answer: dict = {}
            for request in ({"execute": "qmp_capabilities"}, {"execute": command, "arguments": arguments}):
                stream.write(json.dumps(request).encode() + b"\n")
                stream.flush()
                while "return" not in (answer := json.loads(stream.readline())) and "error" not in answer:
                    pass
            return answer

    def press_power_button(self) -> None:
        self.qmp("system_powerdown")

    def wait_end(self, seconds: float = 300) -> int:
        try:
            while self.process.wait(seconds) and self._started_again():
                pass
        except subprocess.TimeoutExpired:
            raise MachineError(f"the guest did not end within {seconds:.0f} s\n{self.console_tail()}") from None
        self._hear_out()
        return self.process.returncode

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._hear_out()
        for listener in self._listeners:
            listener.close()


def blank_disk(path: Path, mib: int = 1024) -> Path:
    """A sparse file of zeros: the guest formats it as its state disk."""
    path.unlink(missing_ok=True)
    with open(path, "wb") as disk:
        os.truncate(disk.fileno(), mib * 1024 * 1024)
    return path
