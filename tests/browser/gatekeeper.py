"""The real gatekeeper with everything that it needs around it: a signed profile, an auditor that acknowledges, and the
egress proxy's end of the channel, both played here under their uids."""

from __future__ import annotations

import hashlib
import itertools
import socket
import subprocess
import threading
from typing import Any

from tests.browser import channel
from tests.browser.channel import UIDS, Service
from tests.browser.harness import Harness, program

CODE = "7qf2k9xm-3t8wd4hs-v6zb1ncr-e5yp"
SECRET = "correct-horse-battery-staple"
PROFILE = """
name = "demo"
version = 1
expires = 2099-01-01T00:00:00Z

[[host]]
name = "git.demo.test"

[[credential]]
name = "git-demo"
kind = "basic"
user = "agent-bot"
hosts = ["git.demo.test"]

[[rule]]
id = "quick-push"
host = "git.demo.test"
git = "push"
repository = "acme/quick"
credential = "git-demo"
verdict = "ask"
expires_in = 10

[[rule]]
id = "app-push"
host = "git.demo.test"
git = "push"
repository = "acme/*"
credential = "git-demo"
verdict = "ask"
expires_in = 300
"""


class Auditor:
    """Acknowledges every record, and keeps them for the test to read."""

    def __init__(self, harness: Harness) -> None:
        self._path = harness.run / "audit"
        self._listener = channel.listen(self._path, UIDS["audit"])
        self.events: list[dict[str, Any]] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            while message := channel.receive(peer, patience=600):
                self.events += message["events"]
                channel.send(peer, {"type": "durable", "upto": message["first"] + len(message["events"]) - 1})
        except (OSError, TimeoutError):
            pass
        peer.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


class Egress:
    """Asks, as the proxy does when the agent pushes."""

    def __init__(self, harness: Harness) -> None:
        self._channel = channel.connect_as(UIDS["egress"], harness.run / "gate")
        self._ids = itertools.count(1)

    def push(self, repository: str = "acme/app", rule: str = "app-push", **changes: Any) -> dict[str, Any]:
        body = f"pack for {repository} {changes}".encode()
        return {
            "kind": "git.push", "host": "git.demo.test", "port": 443,
            "method": "POST", "url": f"https://git.demo.test/{repository}.git/git-receive-pack",
            "repository": repository, "commits": 3, "trees": 4, "blobs": 5, "commits_shown": [], "headers": [],
            "updates": [{"ref": "refs/heads/main", "old": "3f2a9c1d5b" * 4, "new": "8b41e07fa2" * 4, "kind": "update", "fast_forward": True}],
            "body_sha256": hashlib.sha256(body).hexdigest(), "body_bytes": len(body), **changes,
        } | {"rule": rule}

    def _wait(self, identifier: int, *types: str) -> dict[str, Any]:
        while True:
            message = channel.receive(self._channel)
            assert message is not None, "gate closed the channel"
            if "secret_bytes" in message:  # in a packet of its own
                message["secret"] = self._channel.recv(2048).decode()
            if message.get("id") == identifier and message["type"] in types:
                return message

    def ask(self, action: dict[str, Any]) -> Pending:
        identifier = next(self._ids)
        action = dict(action)
        rule = action.pop("rule")
        channel.send(self._channel, {"type": "ask", "id": identifier, "action": action, "rule": rule})
        answer = self._wait(identifier, "pending", "refused")
        assert answer["type"] == "pending", answer["reason"]
        return Pending(self, identifier, action, answer)

    def consume(self, request: str, action: dict[str, Any]) -> dict[str, Any]:
        identifier = next(self._ids)
        channel.send(self._channel, {"type": "consume", "id": identifier, "request": request, "action": action})
        return self._wait(identifier, "lease", "refused")

    def ended(self) -> bool:
        """Whether gate's end is gone; takes in what came before that."""
        try:
            while channel.receive(self._channel):
                pass
        except ConnectionError:
            pass
        return True

    def close(self) -> None:
        self._channel.close()


class Pending:
    def __init__(self, egress: Egress, identifier: int, action: dict[str, Any], answer: dict[str, Any]) -> None:
        self._egress = egress
        self._id = identifier
        self.action = action
        self.request = answer["request"]
        self.url = answer["url"]

    def verdict(self) -> dict[str, Any]:
        return self._egress._wait(self._id, "verdict")

    def consume(self, **changes: Any) -> dict[str, Any]:
        return self._egress.consume(self.request, {**self.action, **changes})


class Gatekeeper:
    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self.console: Service | None = None  # the test's own, if it needs to end it
        self.auditor = Auditor(harness)
        self._gate = channel.listen(harness.run / "gate", UIDS["gate"])
        self._state = harness.directory / "state"
        self._state.mkdir()
        channel.give_to(self._state, UIDS["gate"])
        self._share = harness.directory / "share"
        (self._share / "anchorhold").mkdir(parents=True)
        self._sign_profile()
        for name, text in (("anchorhold.enrol", CODE), ("anchorhold.secret.git-demo", SECRET + "\n")):
            (harness.credentials / name).write_text(text)
        self.service = self.start()
        self.egress = Egress(harness)

    def _sign_profile(self) -> None:
        profile = self._harness.credentials / "anchorhold.profile"
        profile.write_text(PROFILE)
        key = self._harness.directory / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "operator", "-f", key], check=True)
        subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "anchorhold-profile", profile], check=True,
                       capture_output=True)
        public = key.with_suffix(".pub").read_text()
        (self._share / "anchorhold/allowed_signers").write_text(f'operator namespaces="anchorhold-profile" {public}')

    def start(self) -> Service:
        """Again after kill(): init keeps the listening sockets, so this does too."""
        service = self._harness.start(
            program("shield/gate", "gate"), "gate", {"gate": self._gate},
            places={"/run/anchorhold": self._harness.run, "/var/lib/anchorhold/gate": self._state, "/usr/share": self._share})
        service.wait_ready()
        return service

    def restart(self) -> None:
        self.service = self.start()
        self.egress.close()
        self.egress = Egress(self._harness)

    def close(self) -> None:
        self.egress.close()
        self.auditor.close()
        self._gate.close()
