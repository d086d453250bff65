"""A gatekeeper that says what a test wants, lies included: for what the page must do when the gate cannot be trusted,
or hands on names chosen by a hostile agent. The real one is in test_console.py."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

from tests.browser import channel


def canonical(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def push(**changes: Any) -> dict[str, Any]:
    """An action record as gate makes it."""
    now = int(time.time())
    record = {
        "v": 1, "kind": "git.push", "workstation": "anchor", "agent": "agent", "host": "git.demo.test", "port": 443,
        "method": "POST", "url": "https://git.demo.test/acme/app.git/git-receive-pack", "repository": "acme/app",
        "updates": [{"ref": "refs/heads/main", "old": "3f2a9c1d5b" * 4, "new": "8b41e07fa2" * 4, "kind": "update", "fast_forward": True}],
        "commits": 3, "trees": 4, "blobs": 5, "commits_shown": [], "headers": [],
        "body_sha256": "ab" * 32, "body_bytes": 1234, "credential": "git-demo", "rule": "app-push",
        "profile": {"name": "demo", "version": 1, "digest": "cd" * 32},
        "nonce": hashlib.sha256(str(time.monotonic_ns()).encode()).hexdigest(), "requested": now, "expires": now + 300,
    }
    return {**record, **changes}


def request(body: str | None, kind: str = "application/json", **changes: Any) -> dict[str, Any]:
    """The record of a held plain request; without a body to show where that is None."""
    record = push(kind="http.request", host="api.demo.test", url="https://api.demo.test/v1/pay", body_text=body,
                  body_bytes=1234 if body is None else len(body.encode()), headers=[{"name": "content-type", "value": kind}])
    for name in ("repository", "updates", "commits", "trees", "blobs", "commits_shown"):
        del record[name]
    return {**record, **changes}


class FakeGate:
    def __init__(self, run: Path) -> None:
        self._path = run / "gate"
        self._listener = channel.listen(self._path)
        self._console: socket.socket | None = None
        self._lock = threading.Lock()
        self.heard: list[dict[str, Any]] = []
        self.answers: dict[str, dict[str, Any]] = {}  # by call; without one, "done"
        self.requests: list[dict[str, Any]] = []
        self.recent: list[dict[str, Any]] = []
        self.passkeys = 1
        self.withheld: list[dict[str, str]] = []
        self.signed_in = True  # every browser; else none
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def add(self, record: dict[str, Any], name: str | None = None, text: str | None = None, **changes: Any) -> str:
        """A pending request; `text` and `changes` make it lie."""
        text = canonical(record) if text is None else text
        name = name or f"r{len(self.requests) + 1}"
        self.requests.append({
            "request": name, "record": record, "canonical": text, "expires": record["expires"],
            "digest": hashlib.sha256(text.encode()).hexdigest(), **changes,
        })
        self.tell()
        return name

    def remove(self, name: str, verdict: str = "approved", by: str = "Phone", reason: str = "") -> None:
        for request in [r for r in self.requests if r["request"] == name]:
            self.requests.remove(request)
            self.recent.insert(0, {"request": name, "record": request["record"], "verdict": verdict, "by": by, "reason": reason,
                                   "at": int(time.time())})
        self.tell()

    def tell(self) -> None:
        with self._lock:
            if self._console is not None:
                channel.send(self._console, {
                    "type": "state", "profile": {"name": "demo", "version": 1, "digest": "cd" * 32},
                    "passkeys": self.passkeys, "requests": self.requests, "recent": self.recent,
                    "withheld": self.withheld,
                    "sessions": [{"digest": "d1", "name": "Phone", "since": 1, "expires": 2}] if self.signed_in else [],
                })

    def _answer(self, message: dict[str, Any]) -> None:
        call = message["type"]
        answer = self.answers.get(call, {"type": "done"})
        if call == "session":
            answer = {"type": "session", "digest": "d1"} if self.signed_in else {"type": "no-session"}
        if call == "approve-options" and call not in self.answers:
            request = next(r for r in self.requests if r["request"] == message["request"])
            answer = {"type": call, "challenge": base64url(hashlib.sha256(request["canonical"].encode()).digest()),
                      "allow": [], "rpId": "shield.localhost"}
        with self._lock:
            assert self._console is not None, "the console that asked is connected"
            channel.send(self._console, {**answer, "id": message["id"]})

    def _serve(self) -> None:
        while True:
            try:
                console, _ = self._listener.accept()
            except OSError:
                return
            self._console = console
            try:
                while packet := console.recv(channel.MAX_PACKET):
                    message = json.loads(packet)
                    self.heard.append(message)
                    if message["type"] == "watch":
                        self.tell()
                    else:
                        self._answer(message)
            except OSError:
                pass
            with self._lock:
                self._console = None
            console.close()

    def stop(self) -> None:
        if self._listener.fileno() < 0:
            return
        self._path.unlink(missing_ok=True)
        # shutdown wakes the thread that waits in accept or recv; close alone would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            if self._console is not None:
                self._console.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
