"""An upstream that the test moves by hand: the fixture `upstream`, and a request that came to it."""

import ssl

from tests.egress.harness import PATIENCE

HOST, ADDRESS = "puppet.demo.test", "198.51.100.24"


def take_request(upstream) -> ssl.SSLSocket:
    connection, _ = upstream.accept()
    connection.settimeout(PATIENCE)
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    return connection
