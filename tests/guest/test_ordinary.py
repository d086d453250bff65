"""What is ordinary on Debian, tried as the agent: the tables of tests/guest/ordinary, and what needs a person outside."""

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from image.vm import closed_internet
from image.vm.wait import wait_until
from tests.guest.ordinary import REFUSED, ROWS, Results, Row
from tests.guest.world import World

PATIENCE = 2000  # for all rows together, on an emulated processor
AGENT = f"agent@{closed_internet.GUEST4}"


@pytest.fixture(scope="session")
def results(world: World, request: pytest.FixtureRequest) -> Results:
    rows = [item.callspec.params["row"] for item in request.session.items if hasattr(item, "callspec") and "row" in item.callspec.params]

    def run(script: str) -> str:
        try:
            return world.agent(script, seconds=PATIENCE).stdout
        except subprocess.TimeoutExpired as late:
            return (late.stdout or b"").decode(errors="replace").rpartition("\n")[0]

    return Results(rows, run)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_agent_can(results: Results, row: Row) -> None:
    results.check(row)


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_the_agent_is_refused_and_told(results: Results, row: Row) -> None:
    results.check(row)


def from_outside(world: World, *command: str | Path, **kwargs) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, check=False, **kwargs)


def test_files_come_and_go_by_scp(world: World, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("by scp\n")
    for ends in ((tmp_path / "a", f"{AGENT}:by-scp"), (f"{AGENT}:by-scp", tmp_path / "b")):
        end = from_outside(world, "scp", "-q", *world.ssh_options(), *ends)
        assert end.returncode == 0, end.stderr
    assert (tmp_path / "b").read_text() == "by scp\n"


def test_files_come_and_go_by_sftp(world: World, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("by sftp\n")
    end = from_outside(world, "sftp", "-q", "-b", "-", *world.ssh_options(), AGENT,
                       input=f"put {tmp_path}/a by-sftp\nget by-sftp {tmp_path}/b\nls -l by-sftp\n")
    assert end.returncode == 0 and (tmp_path / "b").read_text() == "by sftp\n", end.stdout + end.stderr


def test_directories_come_and_go_by_rsync(world: World, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/file").write_text("by rsync\n")
    shell = " ".join(["ssh", *world.ssh_options()])
    for ends in ((f"{tmp_path}/a/", f"{AGENT}:by-rsync/"), (f"{AGENT}:by-rsync/", f"{tmp_path}/b/")):
        end = from_outside(world, "rsync", "-a", "-e", shell, *ends)
        assert end.returncode == 0, end.stderr
    assert (tmp_path / "b/file").read_text() == "by rsync\n"


@contextlib.contextmanager
def forwarding(world: World, *options: str) -> Iterator[subprocess.Popen[str]]:
    client = subprocess.Popen(["ssh", *world.ssh_options(), "-o", "ExitOnForwardFailure=yes", "-N", *options, AGENT], stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    try:
        yield client
    finally:
        client.kill()
        client.wait()


def test_a_server_of_the_agents_is_reached_by_a_local_forward(world: World, tmp_path: Path) -> None:
    world.agent("cd $(mktemp -d); echo served >page; setsid nohup python3 -m http.server --bind 127.0.0.1 18080 >/dev/null 2>&1 </dev/null &\n"
                "until curl -sSf http://127.0.0.1:18080/page; do sleep .2; done")
    path = tmp_path / "forward"
    with forwarding(world, "-L", f"{path}:127.0.0.1:18080") as client:

        def listens() -> bool:
            assert client.poll() is None, client.stderr and client.stderr.read()
            return path.exists()

        wait_until(listens, "the forwarded socket")
        with socket.socket(socket.AF_UNIX) as browser:
            browser.connect(str(path))
            browser.sendall(b"GET /page HTTP/1.0\r\n\r\n")
            said = b"".join(iter(lambda: browser.recv(4096), b""))
    world.agent("pkill -f 'http.server --bind 127.0.0.1 18080'")
    assert said.startswith(b"HTTP/1.0 200") and said.endswith(b"served\n"), said


def test_a_remote_forward_is_refused_in_words(world: World) -> None:
    """It would be a way out that no profile lists; plain Debian allows it."""
    with forwarding(world, "-R", "127.0.0.1:18081:127.0.0.1:22") as client:
        assert client.wait(120) == 255
        assert client.stderr and "remote port forwarding failed" in client.stderr.read()


@pytest.mark.parametrize("how", ["nohup", "setsid"])
def test_a_job_outlives_its_session(world: World, how: str) -> None:
    mark = f"{how}-{time.monotonic_ns()}"
    session = ["ssh", *world.ssh_options(), AGENT, "--",
               f"{how} bash -c 'sleep 3; echo {mark} >>~/outlived; exec -a {mark} sleep 600' >/dev/null 2>&1 </dev/null &"]
    assert subprocess.run(session, timeout=300, check=False).returncode == 0
    world.wait_for_agent(f"grep -qx {mark} outlived")
    assert world.agent(f"pkill -f '^{mark} 600'").returncode == 0


def test_a_login_shell_on_a_terminal_is_the_agents(world: World) -> None:
    end = from_outside(world, "ssh", "-tt", *world.ssh_options(), AGENT, "--", "bash -lc 'tty; id -un; echo $TERM; umask; stty size'",
                       env={"TERM": "xterm", "PATH": "/usr/bin"}, stdin=subprocess.DEVNULL)
    assert [end.stdout.split()[n] for n in (1, 2, 3)] == ["agent", "xterm", "0022"] and end.stdout.startswith("/dev/pts/"), end.stdout + end.stderr
