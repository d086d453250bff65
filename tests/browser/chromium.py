"""Headless Chromium over the DevTools protocol: pages, real clicks and keys, virtual passkeys.

    with Chromium() as browser:
        page = browser.page("http://anchor.shield.localhost:8711/")
        passkeys = page.authenticator()
        page.click("Approve with passkey")
        page.wait_for("document.title === 'Anchorhold'")

Used by the console's test and by the guest tests. Chromium resolves *.localhost to loopback by itself; for other
names give `resolve={"name": "address"}`. Runs in the tools tree (image/in-tools).
"""

from __future__ import annotations

import base64
import json
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from image.vm.wait import wait_until

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--disable-extensions", "--disable-default-apps", "--metrics-recording-only", "--hide-scrollbars",
    "--disable-features=MediaRouter,OptimizationHints,Translate", "--remote-debugging-port=0",
    "--remote-allow-origins=*",
]
KEYS = {
    "Tab": ("Tab", 9, ""), "Enter": ("Enter", 13, "\r"), "Space": ("Space", 32, " "), "Escape": ("Escape", 27, ""),
    "Backspace": ("Backspace", 8, ""),
}
PATIENCE = 60.0


class BrowserError(AssertionError):
    """What the browser could not do, in words."""


class Chromium:
    def __init__(self, *, resolve: dict[str, str] | None = None, flags: list[str] | None = None) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="chromium-"))
        rules = ", ".join(f"MAP {name} {address}" for name, address in (resolve or {}).items())
        self._log = (self._directory / "log").open("wb")
        self._process = subprocess.Popen(
            ["chromium", *FLAGS, *([f"--host-resolver-rules={rules}"] if rules else []), *(flags or []),
             f"--user-data-dir={self._directory / 'profile'}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, start_new_session=True,
        )
        self._port = self._read_port()

    def _read_port(self) -> int:
        file = self._directory / "profile/DevToolsActivePort"

        def written() -> list[str]:
            if self._process.poll() is not None:
                raise BrowserError(f"chromium ended with {self._process.returncode}")
            return file.read_text().split() if file.exists() else []

        try:
            return int(wait_until(written, "chromium's port", seconds=PATIENCE)[0])
        except (BrowserError, TimeoutError) as error:
            log = (self._directory / "log").read_text(errors="replace")
            self.close()
            raise BrowserError(f"{error}:\n{log[-2000:]}") from None

    def page(self, url: str | None = None, **viewport: Any) -> Page:
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/json/new?about:blank", method="PUT")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=PATIENCE) as answer:
            target = json.load(answer)
        page = Page(target["webSocketDebuggerUrl"], **viewport)
        if url is not None:
            page.open(url)
        return page

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Page:
    """One tab. `complaints` gathers what the console, the CSP and uncaught errors said; `posts` every POST sent."""

    def __init__(self, socket_url: str, width: int = 1100, height: int = 800, mobile: bool = False,
                 dark: bool = False) -> None:
        # A test that does something else for minutes reads nothing: neither a queue that is full nor a ping may end the connection.
        self._socket = connect(socket_url, max_size=None, max_queue=None, ping_interval=None, open_timeout=PATIENCE)
        self._next = 0
        self.complaints: list[str] = []
        self.posts: list[dict[str, Any]] = []
        self.loaded = False
        for domain in ("Page", "Runtime", "Network", "Log", "DOM", "Accessibility"):
            self.send(f"{domain}.enable")
        # Every tab believes that it is in front, as a person's is.
        self.send("Emulation.setFocusEmulationEnabled", enabled=True)
        self.view(width, height, mobile=mobile, dark=dark)

    def view(self, width: int, height: int, *, mobile: bool = False, dark: bool = False) -> None:
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if mobile else 1,
                  mobile=mobile)
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.send("Emulation.setEmulatedMedia", features=features)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._next += 1
        mine = self._next
        self._socket.send(json.dumps({"id": mine, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=PATIENCE))
            if message.get("id") == mine:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error']['message']}")
                return message["result"]
            self._note(message)

    def _note(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self.loaded = True
            case "Network.requestWillBeSent" if parameters["request"]["method"] == "POST":
                request = parameters["request"]
                self.posts.append({"url": request["url"], "body": request.get("postData", "")})
            case "Runtime.exceptionThrown":
                details = parameters["exceptionDetails"]
                self.complaints.append(details.get("exception", {}).get("description", details["text"]))
            case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "warning", "assert"):
                self.complaints.append(" ".join(str(a.get("value", a.get("description"))) for a in parameters["args"]))
            case "Log.entryAdded" if parameters["entry"]["level"] in ("error", "warning"):
                entry = parameters["entry"]
                # Refused calls and a server that is away are part of the tests; the page shows them to the person.
                if entry["source"] != "network":
                    self.complaints.append(entry["text"])

    def open(self, url: str) -> None:
        self.loaded = False
        answer = self.send("Page.navigate", url=url)
        if "errorText" in answer:
            raise BrowserError(f"open {url}: {answer['errorText']}")
        if "loaderId" in answer:
            self._until(lambda: self.loaded, f"load {url}")

    def reload(self) -> None:
        self.loaded = False
        self.send("Page.reload")
        self._until(lambda: self.loaded, "reload")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; promises are awaited."""
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True,
                           userGesture=False)
        if details := answer.get("exceptionDetails"):
            raise BrowserError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def text(self, selector: str = "body") -> str:
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def _until(self, condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
        def look() -> Any:
            value = condition()
            if not value:
                self.pump(0.05)
            return value

        try:
            return wait_until(look, what, lambda: f"the page says\n{self.text()}", seconds=patience, pause=0)
        except TimeoutError as error:
            raise BrowserError(str(error)) from None

    def pump(self, seconds: float) -> None:
        """Takes in events for a while."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self._note(json.loads(self._socket.recv(timeout=left)))
            except TimeoutError:
                return

    def wait_for(self, expression: str, patience: float = PATIENCE) -> Any:
        return self._until(lambda: self.evaluate(expression), expression, patience)

    def wait_for_complaint(self) -> None:
        self._until(lambda: self.complaints, "a complaint")

    def wait_for_text(self, text: str, patience: float = PATIENCE) -> None:
        self._until(lambda: text in self.text(), f"the text {text!r}", patience)

    def find(self, name: str, role: str = "button") -> list[int]:
        """Backend node ids of what a screen reader would call that, in document order; hidden ones left out."""
        root = self.send("DOM.getDocument", depth=0)["root"]["backendNodeId"]
        nodes = self.send("Accessibility.queryAXTree", backendNodeId=root, accessibleName=name, role=role)["nodes"]
        return [node["backendDOMNodeId"] for node in nodes if not node["ignored"]]

    def click(self, name: str, role: str = "button", nth: int = 0) -> None:
        """A real mouse click in the middle of the nth element with that accessible name and role."""
        found = self._until(lambda: len(ids := self.find(name, role)) > nth and ids, f"a {role} named {name!r}")
        node = found[nth]
        self.send("DOM.scrollIntoViewIfNeeded", backendNodeId=node)
        quad = self.send("DOM.getContentQuads", backendNodeId=node)["quads"][0]
        x, y = sum(quad[0::2]) / 4, sum(quad[1::2]) / 4
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="none" if kind == "mouseMoved" else "left",
                      clickCount=0 if kind == "mouseMoved" else 1)

    def press(self, key: str, *, shift: bool = False) -> None:
        code, number, text = KEYS[key]
        common = {"key": " " if key == "Space" else key, "code": code, "windowsVirtualKeyCode": number,
                  "modifiers": 8 if shift else 0}
        self.send("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **common,
                  **({"text": text} if text else {}))
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def focused(self) -> str:
        """The accessible name of what has the focus."""
        node = self.send("Runtime.evaluate", expression="document.activeElement")["result"]["objectId"]
        tree = self.send("Accessibility.getPartialAXTree", objectId=node, fetchRelatives=False)["nodes"]
        return tree[0].get("name", {}).get("value", "")

    def screenshot(self, path: Path | str, *, whole: bool = True) -> None:
        image = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(image["data"]))

    def authenticator(self, *, verifies: bool = True) -> Authenticator:
        """A platform passkey store of this tab. verifies=False: the person cannot be verified."""
        self.send("WebAuthn.enable")
        answer = self.send("WebAuthn.addVirtualAuthenticator", options={
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": verifies, "automaticPresenceSimulation": True,
        })
        return Authenticator(self, answer["authenticatorId"])

    def close(self) -> None:
        try:
            self.send("Page.close")
        finally:
            self._socket.close()


class Authenticator:
    def __init__(self, page: Page, identifier: str) -> None:
        self._page = page
        self.id = identifier

    def credentials(self) -> list[dict[str, Any]]:
        """As CDP's WebAuthn.Credential, private keys included; add() takes them in another tab."""
        return self._page.send("WebAuthn.getCredentials", authenticatorId=self.id)["credentials"]

    def add(self, credential: dict[str, Any]) -> None:
        self._page.send("WebAuthn.addCredential", authenticatorId=self.id, credential=credential)

    def clear(self) -> None:
        self._page.send("WebAuthn.clearCredentials", authenticatorId=self.id)

    def verify(self, yes: bool) -> None:
        self._page.send("WebAuthn.setUserVerified", authenticatorId=self.id, isUserVerified=yes)

    def break_with(self, **bits: bool) -> None:
        """isBogusSignature, isBadUV, isBadUP."""
        self._page.send("WebAuthn.setResponseOverrideBits", authenticatorId=self.id, **bits)

    def remove(self) -> None:
        self._page.send("WebAuthn.removeVirtualAuthenticator", authenticatorId=self.id)
