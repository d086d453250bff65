"""A booted workstation on the closed internet: what image/run shows and what the guest tests share."""

import os
import secrets
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from image.host import signing

from . import accel, closed_internet
from . import debug as debugging
from .machine import Machine, MachineError, blank_disk
from .relay import Relay
from .wait import wait_until

ORIGIN_NAME = "anchor.shield.localhost"
LISTED = ("git.demo.test", "api.demo.test", "packages.demo.test", "unread.demo.test")


def demo_profile(roots: str, *, version: int = 1, expires: str = "2030-01-01T00:00:00Z", ask_seconds: int = 300) -> str:
    """fetch, packages and GET are free but for one path, a push to acme asks, everything else is refused."""
    pem = roots.strip()
    hosts = "\n".join(f'[[host]]\nname = "{name}"\nprivate = true\nroots = """\n{pem}\n"""\n' for name in LISTED)
    return f"""name = "demo"
version = {version}
expires = {expires}

{hosts}
[[credential]]
name = "git-demo"
kind = "basic"
user = "agent-bot"
hosts = ["git.demo.test"]

[[credential]]
name = "api-demo"
kind = "bearer"
hosts = ["api.demo.test"]

[[rule]]
id = "acme-fetch"
host = "git.demo.test"
git = "fetch"
repository = "acme/*"
credential = "git-demo"
verdict = "allow"

[[rule]]
id = "acme-push"
host = "git.demo.test"
git = "push"
repository = "acme/*"
refs = ["refs/heads/*", "refs/tags/*"]
credential = "git-demo"
verdict = "ask"
expires_in = {ask_seconds}

[[rule]]
id = "packages"
host = "packages.demo.test"
methods = ["GET", "HEAD"]
path = "/**"
verdict = "allow"

[[rule]]
id = "unread"
host = "unread.demo.test"
methods = ["GET"]
verdict = "allow"

[[rule]]
id = "api-private"
host = "api.demo.test"
path = "/v1/keys/private"
verdict = "deny"

[[rule]]
id = "api-read"
host = "api.demo.test"
methods = ["GET", "HEAD"]
path = "/v1/**"
credential = "api-demo"
verdict = "allow"

[[rule]]
id = "api-report"
host = "api.demo.test"
methods = ["POST"]
path = "/v1/reports/**"
credential = "api-demo"
verdict = "allow"

[[rule]]
id = "api-store"
host = "api.demo.test"
methods = ["GET", "PUT"]
path = "/store/**"
credential = "api-demo"
verdict = "allow"

[[rule]]
id = "api-write"
host = "api.demo.test"
methods = ["POST"]
path = "/v1/**"
credential = "api-demo"
verdict = "ask"
expires_in = {ask_seconds}
"""


class Workstation:
    """Make it, then start(): it enters a network namespace of its own for good, with everything it starts."""

    def __init__(self, directory: Path, image: Path, *, console_port: int = 8711, ssh_port: int = 2222, host_ports: bool = False,
                 off: str = "", ask_seconds: int = 300, debug: bool = False):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory, self.image, self.off, self.ask_seconds, self.debug = directory, image, off, ask_seconds, debug
        self.git_password, self.api_token = _kept(directory / "git-password"), _kept(directory / "api-token", _token_with_every_escape)
        self.enrol_code = _kept(directory / "enrol-code", _enrolment_code, shortest=26)
        self.origin = f"http://{ORIGIN_NAME}:{console_port}"
        self.state_disk = directory / "state.raw"
        self.ssh_key = directory / "ssh-key"
        if not self.ssh_key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "operator", "-f", str(self.ssh_key)], check=True)
        # Opened before the namespace is entered, these two are the only way from the host's loopback to the guest.
        self._ports = (console_port, ssh_port)
        self._host_relays = self._relays() if host_ports else []

    def _relays(self) -> list[Relay]:
        return [Relay(self._ports[0], (closed_internet.GUEST4, 8711)), Relay(self._ports[1], (closed_internet.GUEST4, 22))]

    def enter(self) -> None:
        closed_internet.enter()
        for relay in [*self._host_relays, *self._relays()]:
            relay.start()
        # Every start makes other certificates, so the profile has another text and needs another version.
        starts = self.directory / "starts"
        self.version = int(starts.read_text()) + 1 if starts.exists() else 1
        starts.write_text(str(self.version))
        self.internet = closed_internet.ClosedInternet(self.directory / "internet", self.git_password)
        self.internet.start()

    def profile(self, **changes: Any) -> str:
        return demo_profile(self.internet.roots(), **{"version": self.version, "ask_seconds": self.ask_seconds, **changes})

    def credentials(self, profile: str | None = None, *, signed: bool = True) -> dict[str, str | bytes]:
        """What the host hands the guest; tests change or drop entries."""
        text = profile if profile is not None else self.profile()
        given: dict[str, str | bytes] = {
            "anchorhold.profile": text,
            "anchorhold.secret.git-demo": self.git_password,
            "anchorhold.secret.api-demo": self.api_token,
            "anchorhold.enrol": self.enrol_code,
            "anchorhold.console.origins": self.origin + "\n",
            "network.network.uplink": closed_internet.UPLINK,
            "system.hostname": debugging.HOSTNAME if self.debug else "anchor",
            "ssh.authorized_keys.agent": self.ssh_key.with_suffix(".pub").read_text(),
        }
        if signed:
            file = self.directory / "profile.toml"
            file.write_text(text)
            given["anchorhold.profile.sig"] = signing.sign(file).read_bytes()
        if self.off:
            given["anchorhold.controls.off"] = self.off
        return given

    def boot(self, credentials: dict[str, str | bytes] | None = None, **machine_options: Any) -> Machine:
        """Start the guest; the caller waits for its events."""
        accelerator, self.accelerator_why = accel.choose(self.image / "bzImage")
        if not self.state_disk.exists():
            blank_disk(self.state_disk)
        # ssh's own connection to the guest that was here before may not know yet that it is over.
        (self.directory / "ssh").unlink(missing_ok=True)
        options = {"state_disk": self.state_disk, "debug": self.debug, **machine_options}
        machine = Machine(self.image, self.directory / "machine", accelerator,
                          credentials if credentials is not None else self.credentials(), **options)
        machine.start()
        self.machine = machine
        return machine

    def boot_until(self, *kinds: str, credentials: dict[str, str | bytes] | None = None, **machine_options: Any) -> dict:
        """Start the guest and wait for the first event of one of these kinds; after "ready", if it has a NIC, for ssh too."""
        event = self.boot(credentials, **machine_options).wait_event(*kinds)
        if event["event"] == "ready" and self.machine.tap:
            self.wait_ssh()
        return event

    def power_off(self, seconds: float = 300) -> None:
        """Press the button and wait until the guest is down in order."""
        self.machine.press_power_button()
        if (status := self.machine.wait_end(seconds)) != 0:
            raise MachineError(f"qemu ended with {status}, not in order\n{self.machine.console_tail()}")

    def ssh_options(self) -> list[str]:
        """For ssh, scp and sftp, each with a connection of its own."""
        return ["-F", "/dev/null", "-i", str(self.ssh_key), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=60"]

    def ssh_command(self, *command: str) -> list[str]:
        """ssh by the one connection that all of these share."""
        return ["ssh", *self.ssh_options(), "-o", "ControlMaster=auto", "-o", "ControlPersist=600", "-o", f"ControlPath={self.directory}/ssh",
                f"agent@{closed_internet.GUEST4}", "--", *command]

    def agent(self, script: str, *, seconds: float = 300, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
        """Run a shell script as the agent in the guest."""
        end = subprocess.run(self.ssh_command("bash", "-s"), input=script.encode() if stdin is None else stdin, capture_output=True,
                             timeout=seconds, check=False)
        return subprocess.CompletedProcess(end.args, end.returncode, end.stdout.decode(errors="replace"),
                                           end.stderr.decode(errors="replace"))

    def wait_ssh(self, seconds: float = 300) -> None:
        said = "nothing"

        def lets_in() -> bool:
            nonlocal said
            try:
                last = self.agent("true", seconds=60)
            except subprocess.TimeoutExpired:
                said = "nothing within 60 s"
                return False
            said = f"exit {last.returncode} {last.stderr[-500:]}"
            return last.returncode == 0

        wait_until(lets_in, "ssh", lambda: f"ssh said: {said}\nthe guest's console ends with\n{self.machine.console_tail()}",
                   seconds=seconds, pause=1)

    def stop(self) -> None:
        """End whatever was started; nothing needs to have been."""
        if hasattr(self, "machine"):
            self.machine.kill()
        if hasattr(self, "internet"):
            self.internet.stop()


def _enrolment_code() -> str:
    """128 bits: nobody guesses it, so wrong ones need not be counted (the gatekeeper wants 100)."""
    return secrets.token_hex(16)


def _token_with_every_escape() -> str:
    """A token with what JSON, URLs, HTML and the two alphabets of base64 write otherwise."""
    return secrets.token_urlsafe(24) + "~~~/+<&>\"'\\"


def _kept(file: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(24), *, shortest: int = 1) -> str:
    """A secret of this run's directory: the same at the next start, since the state disk remembers its side of it.
    One that is too short, of an older workstation, is made anew."""
    if not file.exists() or len(file.read_text()) < shortest:
        file.write_text(make())
        os.chmod(file, 0o600)
    return file.read_text()
