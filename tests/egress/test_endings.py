"""Where a message ends, who broke it off, and what the other side is told of that."""

import contextlib
import os
import socket
import ssl
import struct
import subprocess

import pytest

from tests.egress.puppet import ADDRESS, HOST, take_request
from tests.egress.harness import PATIENCE, heard

# argv: host, what is sent; prints what comes until the end, and how that was.
TALK = """
import socket, ssl, sys
s = ssl.create_default_context().wrap_socket(socket.create_connection((sys.argv[1], 443), 60), server_hostname=sys.argv[1], suppress_ragged_eofs=False)
s.sendall(sys.argv[2].replace("<NUL>", "\\0").encode())
try:
    while part := s.recv(4096): sys.stdout.write(part.decode("latin-1"))
except OSError as e: print("<" + type(e).__name__ + ">")
else: print("<end>")
"""
SENTENCE = "a chunk size is not hexadecimal digits alone"


def talk(world, *lines: str, body: str = "", host: str = HOST) -> str:
    request = "\r\n".join([lines[0] + " HTTP/1.1", f"Host: {host}", *lines[1:], "", ""]) + body
    end = world.inside("python3", "-c", TALK, host, request.replace("\0", "<NUL>"))
    assert end.returncode == 0, end
    return end.stdout


GIT = "Content-Type: application/x-git-{}-request"
COMMANDS = f"{'0' * 40} {'1' * 40} refs/heads/{{}}\0 report-status side-band-64k"


def pushed(branch: str) -> str:
    text = COMMANDS.format(branch)
    line = f"{len(text) + 4:04x}{text}0000"
    return f"{len(line):x}\r\n{line}\r\n"


@pytest.mark.parametrize("lines, before, host", [
    (["POST /open/bad{}"], "", "api.demo.test"), (["POST /ask/bad{}"], "", "api.demo.test"), (["POST /echo/bad{}"], "", "api.demo.test"),
    (["POST /acme/app.git/git-upload-pack", GIT.format("upload-pack")], "", "git.demo.test"),
    (["POST /acme/app.git/git-receive-pack", GIT.format("receive-pack")], pushed("main"), "git.demo.test"),
    (["POST /acme/app.git/git-receive-pack", GIT.format("receive-pack")], pushed("free/x"), "git.demo.test"),
], ids=["forwarded", "held", "with-a-credential", "fetch", "held-push", "push"])
@pytest.mark.parametrize("first", ["", "3\r\nabc\r\n"], ids=["first-chunk", "second-chunk"])
def test_a_clients_broken_chunk_is_its_own_fault_in_every_flow(world, lines, before, host, first):
    """Not its server's. Nothing of a body that begins so goes up."""
    lines = [line.format(len(first)) for line in lines]
    said = talk(world, *lines, "Transfer-Encoding: chunked", body=before + ("" if before else first) + "-0x0\r\n", host=host)
    assert said.startswith("HTTP/1.1 400 anchorhold: ") and SENTENCE in said, said
    if not first and host == "api.demo.test":
        assert "/bad0" not in world.internet.log("access.log")


def test_a_servers_broken_answer_is_told_never_a_closed_connection(world, upstream):
    client = world.start_inside("python3", "-c", TALK, HOST, f"GET /x HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n")
    connection = take_request(upstream)
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n!\r\nhello\r\n0\r\n\r\n")
    said = client.communicate(timeout=PATIENCE)[0]
    assert said.startswith("HTTP/1.1 502 anchorhold: ") and SENTENCE in said, said


def test_a_cut_answer_looks_cut_to_an_old_client(world, upstream):
    client = world.start_inside("curl", "-sSN", "-0", f"https://{HOST}/cut")
    connection = take_request(upstream)
    connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhello\n\r\n")
    assert heard(client) == "hello"
    os.close(connection.detach())
    client.communicate(timeout=PATIENCE)
    assert client.returncode in (35, 56), client.returncode


@pytest.mark.parametrize("ragged", [False, True])
def test_an_answer_that_ends_with_its_connection_ends_as_it_ended(world, upstream, ragged):
    """Whether it is whole only its server's close_notify tells; each client judges that as it would without us."""
    client = world.start_inside("python3", "-c", TALK, HOST, f"GET /x HTTP/1.1\r\nHost: {HOST}\r\n\r\n")
    connection = take_request(upstream)
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nall of it\n")
    if ragged:
        os.close(connection.detach())
    else:
        with contextlib.suppress(OSError):
            connection.unwrap()
        connection.close()
    said = client.communicate(timeout=PATIENCE)[0]
    assert "Connection: close\n" in said and "Transfer-Encoding" not in said and "all of it" in said, said
    assert said.splitlines()[-1] == ("<SSLEOFError>" if ragged else "<end>"), said


def test_an_answer_that_is_reset_is_not_taken_for_whole(world, upstream):
    client = world.start_inside("curl", "-sSN", f"https://{HOST}/reset")
    connection = take_request(upstream)
    connection.send(b"HTTP/1.1 200 OK\r\n\r\nhello\n")
    assert heard(client) == "hello"
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
    client.communicate(timeout=PATIENCE)
    assert client.returncode in (35, 56), client.returncode


def test_a_client_that_has_said_all_gets_its_answer(world):
    """nc -N and programs of HTTP/1.0 close their side behind the request. The server answers a while later."""
    script = f"""
import socket
s = socket.create_connection(({HOST!r}, 443), 60)
s.sendall(b"GET /late HTTP/1.0\\r\\nHost: {HOST}:443\\r\\n\\r\\n")
s.shutdown(socket.SHUT_WR)
said = b""
while part := s.recv(4096): said += part
print(said)
"""
    profile = world.gate.profile
    name = f'name = "{HOST}"\n'
    world.gate.change(profile.replace(name, name + "clear = true\n", 1))
    try:
        world.until_all_is_well()
        with socket.create_server((ADDRESS, 443)) as server:
            server.settimeout(PATIENCE)
            client = world.start_inside("python3", "-c", script)
            connection = take_request(server)
            connection.settimeout(3)  # deadlines are looked at each second: an end or reset would come by now
            with contextlib.suppress(TimeoutError):
                assert connection.recv(1), "egress has given the request up"
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate")
            assert "late" in client.communicate(timeout=PATIENCE)[0]
    finally:
        world.gate.change(profile)
        world.until_all_is_well()


def certificate(world, *, name: bool) -> ssl.SSLContext:
    """For puppet, by its subject; with its name among the alternatives, or with an address alone."""
    directory = world.internet.directory
    base = directory / "odd"
    alternatives = f"DNS:{HOST}" if name else "IP:198.51.100.24"
    subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-x509", "-days", "2", "-subj", f"/CN={HOST}",
                    "-addext", f"subjectAltName={alternatives}", "-keyout", f"{base}.key", "-out", f"{base}.pem"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{base}.pem", f"{base}.key")
    return context


@pytest.mark.parametrize("name", [True, False], ids=["in-the-alternatives", "in-the-subject-alone"])
def test_a_server_is_who_its_alternative_names_say(world, name):
    context = certificate(world, name=name)
    profile = world.gate.profile
    root = (world.internet.directory / "odd.pem").read_text()
    start = profile.index('roots = ', profile.index(f'name = "{HOST}"'))
    end = profile.index('\n"""', start) + 4
    world.gate.change(profile[:start] + f'roots = """{root}"""' + profile[end:])
    try:
        world.until_all_is_well()
        with socket.create_server((ADDRESS, 443)) as listener, context.wrap_socket(listener, server_side=True) as server:
            server.settimeout(PATIENCE)
            client = world.start_inside("curl", "-sS", "-w", "%{http_code}", f"https://{HOST}/x")
            if name:
                take_request(server).send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
            else:
                with contextlib.suppress(OSError):
                    take_request(server)
            said = client.communicate(timeout=PATIENCE)[0]
        # The verdict on the certificate, not that the other address of the name has nobody.
        assert said == "hello200" if name else said.endswith("502") and "hostname mismatch" in said, said
    finally:
        world.gate.change(profile)
        world.until_all_is_well()
