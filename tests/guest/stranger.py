"""A stranger on the uplink's network, with curl's means: Host and Origin are whatever it writes."""

import http.client
import json
import socket

from tests.guest.world import World


def host(world: World) -> str:
    return world.origin.removeprefix("http://")


def listens(world: World) -> str:
    """The page's stream as somebody without a session is given it: its first event."""
    with socket.create_connection(("127.0.0.1", 8711), timeout=180) as wire:
        wire.sendall(f"GET /events HTTP/1.1\r\nHost: {host(world)}\r\n\r\n".encode())
        seen = b""
        while not seen.endswith(b"}\n\n"):
            piece = wire.recv(65536)
            assert piece, seen
            seen += piece
    return seen.decode().partition("event: state")[2]


def posts(world: World, call: str, body: dict) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", 8711, timeout=180)
    connection.request("POST", f"/api/{call}", body=json.dumps(body),
                       headers={"Host": host(world), "Origin": world.origin, "Content-Type": "application/json"})
    answer = connection.getresponse()
    said = answer.status, answer.read().decode()
    connection.close()
    return said
