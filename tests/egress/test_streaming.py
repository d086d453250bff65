"""When bytes go on: an upstream that the test moves by hand says a piece and waits, or falls silent, or breaks off."""

import contextlib
import socket
import ssl
import struct

import pytest

from tests.egress.harness import PATIENCE, heard

HOST = "puppet.demo.test"


def take_request(upstream) -> ssl.SSLSocket:
    connection, _ = upstream.accept()
    connection.settimeout(PATIENCE)
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    return connection


# Shows each byte as it comes; curl keeps a head back until there is a body.
CLIENT = f"""
import os, socket, ssl
s = ssl.create_default_context().wrap_socket(socket.create_connection(({HOST!r}, 443)), server_hostname={HOST!r})
s.sendall(b"GET /events HTTP/1.1\\r\\nHost: {HOST}\\r\\nConnection: close\\r\\n\\r\\n")
while said := s.recv(4096):
    os.write(1, said)
"""


def test_each_piece_goes_on_before_the_next_is_there(world, upstream):
    client = world.start_inside("python3", "-c", CLIENT)
    connection = take_request(upstream)
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n")
    assert "200" in heard(client)
    while heard(client):
        pass
    for word in ("one", "two", "three"):
        connection.send(f"{len(word):x}\r\n{word}\r\n".encode())
        assert [heard(client), heard(client)] == [f"{len(word):x}", word]
    connection.send(b"0\r\n\r\n")
    assert client.wait(PATIENCE) == 0


def test_of_a_piece_that_has_begun_the_one_before_goes_on(world, upstream):
    client = world.start_inside("curl", "-sSN", f"https://{HOST}/events")
    connection = take_request(upstream)
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n4\r\n")
    assert heard(client) == "one"
    connection.send(b"two\n\r\n0\r\n\r\n")
    assert heard(client) == "two"
    assert client.wait(PATIENCE) == 0


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"], ids=["before-the-answer", "within-the-answer"])
def test_a_client_that_hangs_up_ends_its_request(world, upstream, said):
    client = world.start_inside("curl", "-sS", f"https://{HOST}/silence")
    connection = take_request(upstream)
    if said:
        connection.send(said)
    client.kill()
    client.wait()
    # An end, a reset, or a broken pipe where OpenSSL still had something to say: each is an end.
    with contextlib.suppress(ConnectionError):
        assert connection.recv(1) == b""


def test_an_upstream_that_breaks_off_an_upload_is_told_to_the_client(world, upstream):
    big = world.directory / "upload"
    big.write_bytes(bytes(64 << 20))
    client = world.start_inside("curl", "-sS", "-w", "%{http_code}", "-H", "Expect:", "--data-binary", f"@{big}", f"https://{HOST}/up")
    connection = take_request(upstream)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    said = client.communicate(timeout=PATIENCE)[0]
    assert said.endswith("502") and HOST in said, said
