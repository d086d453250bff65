"""Where one message ends and the next begins, on connections that serve several requests."""

import contextlib
import http.server
import json
import socket
import ssl
import threading

import pytest

from tests.egress.harness import SECRET

HOST, ADDRESS = "puppet.demo.test", "198.51.100.24"
SMUGGLED = "DELETE /everything HTTP/1.1\r\nX-Ignore: "

# The requests of argv[1], each [method, path, body or null], over one kept connection; prints each answer.
CLIENT = f"""
import http.client, json, ssl, sys
connection = http.client.HTTPSConnection("{HOST}", context=ssl.create_default_context(), timeout=60)
for method, path, body in json.loads(sys.argv[1]):
    connection.request(method, path, body)
    answer = connection.getresponse()
    print(answer.status, answer.read().decode())
"""


class Server:
    """Stock http.server, which answers a GET without reading its body."""

    def __init__(self, world):
        self.judged: list[str] = []
        self.connections = 0
        self.open: list[socket.socket] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                outer.connections += 1
                outer.open.append(self.request)
                super().setup()

            def log_message(self, *_):
                pass

            def answer(self):
                outer.judged.append(f"{self.command} {self.path} auth={self.headers.get('Authorization', '')}")
                text = self.command.encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def take(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.answer()

            do_GET = do_DELETE = answer
            do_POST = take

        self.server = http.server.ThreadingHTTPServer((ADDRESS, 443), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        base = world.internet.directory / HOST
        context.load_cert_chain(f"{base}.pem", f"{base}.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        # What egress keeps for later must not serve the next test.
        for connection in self.open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def server(world):
    made = Server(world)
    yield made
    made.stop()


def ask(world, *requests):
    end = world.inside("python3", "-c", CLIENT, json.dumps(requests))
    assert end.returncode == 0, end
    return end.stdout.splitlines()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_request_is_glued_behind_a_body_that_was_not_read(world, server, method):
    server.server.RequestHandlerClass.do_POST = server.server.RequestHandlerClass.answer
    said = ask(world, [method, "/one", SMUGGLED], ["GET", "/two", None])
    assert said == [f"200 {method}", "200 GET"], said
    assert [line.split(" ")[0] for line in server.judged] == [method, "GET"], server.judged


def test_a_body_ends_its_connection_and_may_follow_others(world, server):
    assert ask(world, ["GET", "/one", None], ["POST", "/two", "body"], ["GET", "/three", None]) == ["200 GET", "200 POST", "200 GET"]
    assert server.connections == 2


def test_a_body_that_nobody_expects_has_its_connection_alone(world, server):
    assert ask(world, ["GET", "/one", None], ["GET", "/two", "body"], ["GET", "/three", None]) == ["200 GET"] * 3
    assert server.connections == 2, "the first one serves the third"
    assert SECRET not in json.dumps(server.judged)


def test_a_host_that_is_vouched_for_keeps_its_connection(world, server):
    profile = world.gate.profile
    name = f'name = "{HOST}"\n'
    world.gate.change(profile.replace(name, name + "reuse_after_body = true\n", 1))
    try:
        world.until_all_is_well()
        before = server.connections
        assert ask(world, ["POST", "/one", "body"], ["POST", "/two", "body"]) == ["200 POST"] * 2
        assert server.connections == before + 1
        assert ask(world, ["DELETE", "/three", "body"], ["GET", "/four", None]) == ["200 DELETE", "200 GET"]
        assert server.connections == before + 2
    finally:
        world.gate.change(profile)
        world.until_all_is_well()


def test_connections_belong_to_the_profile_they_were_verified_under(world, server):
    """Also one that was busy when the profile changed, and came back to the pool afterwards."""
    profile = world.gate.profile
    ask(world, ["GET", "/one", None])
    before = server.connections
    world.gate.change(profile.replace("version = 1", "version = 2", 1))
    try:
        world.until_requests("/other", "profile demo version 2")
        ask(world, ["GET", "/two", None])
        assert server.connections == before + 1
    finally:
        world.gate.change(profile)
        world.until_requests("/other", "profile demo version 1")
