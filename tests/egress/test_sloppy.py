"""Sloppy clients and servers whose meaning is certain are served; the others hear why not, in an answer."""

import pytest

from tests.egress.test_requests import API, curl
from tests.egress.test_streaming import HOST, take_request

URL = f"https://{HOST}/x"


@pytest.mark.parametrize("answer, body", [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "hello"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", "hello"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5   \r\nhello\r\n0 \r\n\r\n", "hello"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=\"b;c\"\r\nhello\r\n0\r\n\r\n", "hello"),
    (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ""),
    (b"HTTP/1.1 999 Denied\r\nContent-Length: 2\r\n\r\nno", "no"),
], ids=["two-lengths", "list-of-lengths", "padded-sizes", "quoted-extension", "204-with-length", "status-999"])
def test_a_sloppy_answer_passes(world, upstream, answer, body):
    client = world.start_inside("curl", "-sS", "-m", "30", "-w", " %{http_code}", URL)
    connection = take_request(upstream)
    connection.sendall(answer)
    assert client.communicate()[0] == f"{body} {answer[9:12].decode()}"


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
], ids=["no-size", "two-lengths", "bare-lf"])
def test_an_answer_of_two_meanings_becomes_one_that_says_so(world, upstream, answer):
    client = world.start_inside("curl", "-sS", "-m", "30", "-w", " %{http_code}", URL)
    connection = take_request(upstream)
    connection.sendall(answer)
    said = client.communicate()[0]
    assert said.endswith(" 502") and "anchorhold: " in said, said


def test_a_connection_whose_answer_announced_what_it_cannot_have_is_not_used_again(world, upstream):
    client = world.start_inside("curl", "-sS", "-m", "30", "-w", " %{http_code}", URL, URL)
    for _ in range(2):
        take_request(upstream).sendall(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n")
    assert client.communicate()[0] == " 204 204"


def test_a_sloppy_request_passes(world):
    script = """
import socket, ssl
for text in (b"POST /open/a HTTP/1.1\\r\\nHost: api.demo.test\\r\\nContent-Length: 3\\r\\nContent-Length: 3\\r\\n\\r\\nabc",
             b"POST /open/b HTTP/1.1\\r\\nHost: api.demo.test\\r\\nTransfer-Encoding: Chunked\\r\\n\\r\\n3 ;a=\\"b\\"\\r\\nabc\\r\\n0\\r\\n\\r\\n",
             b"GET /open/c HTTP/1.0\\r\\n\\r\\n", b"GET /open/d HTTP/1.1\\r\\nHost: api.demo.test.\\r\\n\\r\\n"):
    s = ssl.create_default_context().wrap_socket(socket.create_connection(("api.demo.test", 443)), server_hostname="api.demo.test")
    s.send(text)
    print(s.recv(4096).decode())
"""
    end = world.inside("python3", "-c", script)
    for path in "abcd":
        assert f"uri=/open/{path} host=api.demo.test" in end.stdout, end


def test_underscores_pass_where_the_profile_says_so(world, upstream):
    end = curl(world, "-w", "%{http_code}", "-H", "api_key: x", f"{API}/open/x")
    assert end.stdout.endswith("400") and "underscore_fields" in end.stdout, end
    client = world.start_inside("curl", "-sS", "-m", "30", "-H", "api_key: x", URL)
    take_request(upstream).sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
    assert client.communicate()[0] == "done"
    assert curl(world, "-w", "%{http_code}", "-H", "Content_Length: 1", URL).stdout.endswith("400")


def test_a_value_whose_ends_servers_cut_off_is_refused(world):
    end = world.inside("sh", "-c", f"printf 'User: admin\\240' | curl -sS -m 30 -w '%{{http_code}}' -H @- {API}/open/x")
    assert end.stdout.endswith("400") and "cut off" in end.stdout, end
