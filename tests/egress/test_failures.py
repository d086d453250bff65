"""What goes wrong has one answer, whatever the request was: a full disk, and a client that is gone (test_endings.py has broken chunks)."""

import contextlib
import subprocess

import pytest

from image.vm.wait import wait_until

API, GIT = "https://api.demo.test", "https://git.demo.test"
OLD, NEW = "0" * 40, "1" * 40


@contextlib.contextmanager
def full_disk(world):
    """The state directory has room for 64 KiB. What egress needs of it besides it has read at its start."""
    state = world.directory / "state"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", state], check=True)
    try:
        yield
    finally:
        wait_until(lambda: subprocess.run(["umount", state], check=False).returncode == 0, "the last spool's end")


def pkt(text: str) -> bytes:
    return f"{len(text) + 4:04x}{text}".encode()


def post(world, url: str, body: bytes, *more: str):
    path = world.directory / "large-body"
    path.write_bytes(body)
    return world.inside("curl", "-sS", "-m", "60", "-w", "%{http_code}", *more, "--data-binary", f"@{path}", url)


def test_a_full_disk_is_no_fault_of_the_body(world):
    with full_disk(world):
        end = post(world, f"{API}/ask/large", bytes(200_000))
    assert end.stdout.endswith("503") and "state disk is full" in end.stdout, end
    assert not world.gate.asks


def test_a_push_onto_a_full_disk_is_read_to_its_end_and_told_in_gits_report(world):
    line = pkt(f"{OLD} {NEW} refs/heads/main\0 report-status side-band-64k") + b"0000"
    with full_disk(world):
        end = post(world, f"{GIT}/acme/app.git/git-receive-pack", line + b"PACK" + bytes(3 << 20), "-H",
                   "Content-Type: application/x-git-receive-pack-request")
    assert end.stdout.endswith("200") and "ng refs/heads/main refused: the workstation's state disk is full" in end.stdout, end
    assert not world.gate.asks


def test_a_body_that_is_larger_than_may_wait_is_told_so(world):
    end = post(world, f"{API}/ask/larger", bytes((16 << 20) + 1))
    assert end.stdout.endswith("413") and "16 MiB" in end.stdout, end
    assert not world.gate.asks


LEAVES = """
import socket, ssl, sys
s = ssl.create_default_context().wrap_socket(socket.create_connection((sys.argv[1], 443), 60), server_hostname=sys.argv[1])
s.sendall(sys.argv[2].encode())
s.close()
"""


@pytest.mark.parametrize("host, path, more", [
    ("api.demo.test", "/ask/gone", "Content-Length: 10\r\n"),
    ("api.demo.test", "/open/gone", "Transfer-Encoding: chunked\r\n"),
    ("git.demo.test", "/acme/app.git/git-receive-pack", "Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 900\r\n"),
], ids=["held", "forwarded", "push"])
def test_a_client_that_goes_within_its_body_leaves_a_record(world, host, path, more):
    request = f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n" + ("" if "chunked" in more else "00")
    assert world.inside("python3", "-c", LEAVES, host, request).returncode == 0
    (event,) = world.audit.requests(path)
    assert event["status_id"] == 2 and event["action_id"] == 2, event
    assert not world.gate.asks


def test_a_client_that_goes_while_it_waits_leaves_a_record_and_its_question(world):
    request = "POST /ask/leaves HTTP/1.1\r\nHost: api.demo.test\r\nContent-Length: 2\r\n\r\n00"
    assert world.inside("python3", "-c", LEAVES, "api.demo.test", request).returncode == 0
    world.gate.wait_for_ask()
    (event,) = world.audit.requests("/ask/leaves")
    assert "went away while it waited" in str(event), event
    assert not world.gate.cancelled
