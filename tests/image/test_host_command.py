"""The host's word to a guest. The guest is a stand-in: a socket, and the log of what init tells."""

import json
import socket
import threading
from pathlib import Path

import pytest

from image.vm import host_command

READY = {"event": "ready", "profile_state": "demo version 1"}


class Guest:
    def __init__(self, directory: Path, answers: list[dict]):
        (directory / "machine").mkdir()
        self.log = directory / "machine/control.log"
        self.log.write_text(json.dumps(READY) + "\n")
        self.heard = b""
        self.answers = answers
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(directory / "machine/command"))
        self.listener.listen()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as lines:
            self.heard = lines.readline()
            with open(self.log, "a") as log:
                for answer in self.answers:
                    log.write(json.dumps(answer) + "\n")


def test_the_host_waits_until_the_agents_world_is_back(tmp_path: Path) -> None:
    guest = Guest(tmp_path, [{"event": "restart", "what": "cell"}, {"event": "degraded", "why": "cell stopped"}, READY])
    host_command.restart_cell(tmp_path)
    guest.thread.join()
    assert guest.heard == b"restart-cell\n"


def test_a_guest_that_does_not_come_back_is_told_of(tmp_path: Path) -> None:
    guest = Guest(tmp_path, [{"event": "restart", "what": "cell"}])
    with pytest.raises(host_command.NotTaken, match="did not come back"):
        host_command.restart_cell(tmp_path, seconds=0.3)
    guest.thread.join()


def test_a_guest_without_the_port_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        host_command.restart_cell(tmp_path)
