"""The console program on loopback, as init starts it, with room for a gatekeeper beside it."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path

from tests.browser.channel import UIDS, Service

PORT = 8711
ADDRESS = f"http://anchor.shield.localhost:{PORT}"
REPO = Path(__file__).resolve().parents[2]


def program(room: str, name: str) -> Path:
    """The newest of the presets' builds of it; or of the one preset whose directory ANCHORHOLD_BUILD is."""
    base = Path(os.environ["ANCHORHOLD_BUILD"])
    places = [base / room / name, *(base / preset / room / name for preset in ("dev", "asan", "release"))]
    built = [path for path in places if path.exists()]
    if not built:
        raise FileNotFoundError(f"{name} is not built in {base}: build it with one of CMake's presets.")
    return max(built, key=lambda path: path.stat().st_mtime)


class Harness:
    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="harness-"))
        self.directory.chmod(0o755)
        self.run = self.directory / "run"
        self.run.mkdir()
        self.credentials = self.directory / "credentials"
        self.credentials.mkdir()
        self._listener = socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
        self._services: list[Service] = []

    def start(self, path: Path, uid: str, sockets: dict[str, socket.socket], places: dict[str, Path],
              **environment: str) -> Service:
        environment["CREDENTIALS_DIRECTORY"] = str(self.credentials)
        service = Service(path, UIDS[uid], sockets, environment, places, self.directory)
        self._services.append(service)
        return service

    def start_console(self, page: Path = REPO / "shield/console/page") -> Service:
        return self.start(program("shield/console", "console"), "console", {"console": self._listener}, places={},
                          ANCHORHOLD_RUN=str(self.run), ANCHORHOLD_CONSOLE_FILES=str(page))

    def close(self) -> None:
        for service in reversed(self._services):
            service.stop()
        self._listener.close()
        shutil.rmtree(self.directory, ignore_errors=True)
