"""A decision is taken once; what it let go is cut when it holds no longer. Without that a stream outlives its profile by days."""

import pytest

from tests.egress.puppet import HOST, take_request
from tests.egress.harness import PATIENCE, heard

# Sends an upload without end, piece by piece, and says what it hears; "cut" at an end that is not the answer's.
CLIENT = f"""
import os, socket, ssl, sys, threading, time
s = ssl.create_default_context().wrap_socket(socket.create_connection(({HOST!r}, 443)), server_hostname={HOST!r}, suppress_ragged_eofs=False)
s.settimeout(60)
s.sendall(b"POST /up HTTP/1.1\\r\\nHost: {HOST}\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n")
def send():
    try:
        while True: s.sendall(b"4\\r\\nping\\r\\n"); time.sleep(0.05)
    except OSError: pass
threading.Thread(target=send, daemon=True).start()
heard = b""
try:
    while part := s.recv(4096):
        heard += part; os.write(1, part)
except OSError as e: print("cut", type(e).__name__)
else: print("ended" if heard.endswith(b"0\\r\\n\\r\\n") else "said" if b"anchorhold" in heard else "cut off")
"""


def change(world, old, new):
    world.gate.change(world.gate.profile.replace(old, new) if old else new)


ENDS = {
    "withdrawn": lambda world: change(world, "", ""),
    "replaced": lambda world: change(world, 'id = "puppet"', 'id = "no"\nhost = "puppet.demo.test"\nverdict = "deny"\n[[rule]]\nid = "puppet"'),
    "the-server-is-another": lambda world: change(world, 'name = "puppet.demo.test"\nports = [443, 80]\nprivate = true',
                                                  'name = "puppet.demo.test"\nports = [443, 80]\nprivate = false'),
    "gate-dead": lambda world: world.gate.kill(),
    "auditor-dead": lambda world: world.audit.kill(),
}


@pytest.fixture
def mended(world):
    profile = world.gate.profile
    yield
    for server in (world.gate, world.audit):
        if not server.path.exists():
            server.start()
    world.gate.change(profile)
    world.until_all_is_well()


def over(upstream_connection) -> None:
    """Its end or its reset, not silence."""
    try:
        while upstream_connection.recv(65536):
            pass
    except ConnectionError:
        pass


@pytest.mark.parametrize("end", ENDS)
def test_an_upload_and_its_answer_are_cut(world, upstream, mended, end):
    client = world.start_inside("python3", "-c", CLIENT)
    connection = take_request(upstream)
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npong\r\n")
    assert "200" in heard(client)
    ENDS[end](world)
    over(connection)
    said = client.communicate(timeout=PATIENCE)[0]
    assert "pong" in said and "cut" in said.splitlines()[-1], said


@pytest.mark.parametrize("end", ["withdrawn", "replaced"])
def test_a_request_without_an_answer_yet_is_told_why(world, upstream, mended, end):
    client = world.start_inside("curl", "-sS", "-w", "%{http_code}", f"https://{HOST}/silence")
    connection = take_request(upstream)
    ENDS[end](world)
    over(connection)
    said = client.communicate(timeout=PATIENCE)[0]
    assert said.endswith("503") and "cut off" in said, said


def test_what_the_next_profile_allows_as_well_goes_on(world, upstream, mended):
    client = world.start_inside("curl", "-sS", f"https://{HOST}/silence")
    connection = take_request(upstream)
    change(world, "version = 1", "version = 2")
    world.until_requests("/other", "profile demo version 2")
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole")
    assert client.communicate(timeout=PATIENCE)[0] == "whole"
