"""The console program on loopback, as init starts it, with room for a gatekeeper beside it."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from pathlib import Path

from channel import UIDS, Service

PORT = 8711
ADDRESS = f"http://anchor.shield.localhost:{PORT}"
REPO = Path(__file__).resolve().parents[2]


def program(room: str, name: str) -> Path:
    """The newest of the presets' builds of it, or a path that does not exist."""
    base = Path(os.environ["ANCHORHOLD_BUILD"])
    found = [path for path in (base / preset / room / name for preset in ("dev", "asan", "release")) if path.exists()]
    direct = base / room / name
    found += [direct] if direct.exists() else []
    return max(found, key=lambda path: path.stat().st_mtime, default=base / room / name)


class House:
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="house-"))
        self.folder.chmod(0o755)
        self.run = self.folder / "run"
        self.run.mkdir()
        self.credentials = self.folder / "credentials"
        self.credentials.mkdir()
        self._listener = socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True, backlog=64)
        self._services: list[Service] = []

    def start(self, path: Path, uid: str, sockets: dict[str, socket.socket], **environment: str) -> Service:
        service = Service(path, UIDS[uid], sockets, {
            "ANCHORHOLD_RUN": str(self.run), "CREDENTIALS_DIRECTORY": str(self.credentials), **environment,
        }, self.folder)
        self._services.append(service)
        return service

    def start_console(self) -> Service:
        return self.start(program("shield/console", "console"), "console", {"console": self._listener},
                          ANCHORHOLD_CONSOLE_FILES=str(REPO / "shield/console/page"))

    def close(self) -> None:
        for service in reversed(self._services):
            service.stop()
        self._listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)
