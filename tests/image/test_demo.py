"""image/run's words, and what it makes of what the guest tells."""

import http.server
import json
import subprocess
import threading
from pathlib import Path

import pytest

from image.vm import closed_internet, demo_state

REPO = Path(__file__).resolve().parents[2]

READY = {"event": "ready", "profile_state": "ready"}


def image_run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([REPO / "image/run", *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_is_an_answer(word):
    end = image_run(word)
    assert end.returncode == 0 and "image/run stop" in end.stdout and not end.stderr


@pytest.mark.parametrize("words", [("boot",), ("--halp",), ("stop", "now")])
def test_an_unknown_word_is_told_the_known_ones_in_a_line(words):
    end = image_run(*words)
    assert end.returncode == 2 and not end.stdout
    assert end.stderr.count("\n") == 1 and words[-1] in end.stderr and "status" in end.stderr


@pytest.mark.parametrize("told, ready, troubles", [
    ([], False, ()),
    ([READY], True, ()),
    ([{"event": "degraded", "why": "no clock"}, READY], True, ("no clock",)),
    ([READY, {"event": "degraded", "why": "gate died"}], True, ("gate died",)),
    ([READY, {"event": "degraded", "why": "gate died"}, {**READY, "recovered": True}], True, ()),
    ([{"event": "degraded", "why": "no clock"}, READY, {"event": "degraded", "why": "gate died"}, {**READY, "recovered": True}], True, ("no clock",)),
    ([{"event": "failed", "stage": "agent's world", "object": "kill", "errno": 13, "text": "Permission denied"}], False,
     ("agent's world kill Permission denied",)),
    ([READY, {"event": "poweroff", "why": "button"}], False, ()),
])
def test_what_was_told_is_judged(tmp_path, told, ready, troubles):
    (tmp_path / "machine").mkdir()
    (tmp_path / "machine/control.log").write_text("".join(json.dumps(event) + "\n" for event in told) + '{"event":"deg')
    state = demo_state.judge(demo_state.events(tmp_path))
    assert (state.ready, state.troubles) == (ready, troubles)
    assert state.well == (ready and not troubles)


@pytest.fixture
def page(monkeypatch):
    """A console that answers register-options with `status` and remembers what it was asked."""
    class Page(http.server.BaseHTTPRequestHandler):
        status = 200
        asked: list[tuple] = []

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            Page.asked.append((self.path, self.headers["Host"], self.headers["Origin"], json.loads(body)))
            self.send_response(Page.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(demo_state, "CONSOLE", f"http://127.0.0.1:{server.server_port}")
    yield Page
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status, shown", [(200, "#enrol=c0de"), (409, "sign in with your passkey"), (503, "does not answer")])
def test_a_code_is_shown_while_it_is_good(page, tmp_path, status, shown):
    (tmp_path / "enrol-code").write_text("c0de")
    page.status = status
    line = demo_state.where_to_approve(tmp_path)
    assert shown in line and ("c0de" in line) == (status == 200)
    assert page.asked[-1] == ("/api/register-options", "anchor.shield.localhost:8711", demo_state.ORIGIN, {"code": "c0de"})


def test_with_no_page_there_is_no_code(monkeypatch, tmp_path):
    (tmp_path / "enrol-code").write_text("c0de")
    monkeypatch.setattr(demo_state, "CONSOLE", "http://127.0.0.1:1")
    assert "c0de" not in demo_state.where_to_approve(tmp_path)


def test_what_was_pushed_is_there_after_a_restart(tmp_path):
    def commit() -> str:
        return first.branch("acme/app")

    first = closed_internet.ClosedInternet(tmp_path, "password")
    first._git_repositories()
    seeded = commit()
    git = ["git", "-c", "safe.directory=*", "-c", "user.name=A", "-c", "user.email=a@b", "-C"]
    work = tmp_path / "work"
    subprocess.run(["git", "-c", "safe.directory=*", "clone", "-q", str(first.repositories / "acme/app.git"), str(work)], check=True)
    subprocess.run([*git, str(work), "commit", "-q", "--allow-empty", "-m", "pushed"], check=True)
    subprocess.run([*git, str(work), "push", "-q", "origin", "main"], check=True)
    pushed = commit()
    closed_internet.ClosedInternet(tmp_path, "password")._git_repositories()
    assert pushed != seeded and commit() == pushed
