"""A refusal is an answer, in the protocol that was spoken, and its reason reaches whoever looks at the tool that spoke it."""

import json

import pytest

from tests.egress.harness import PATIENCE

API = "https://api.demo.test"

# argv: host, port, what is sent; prints what comes until the end.
RAW = """
import socket, sys
s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 60)
s.sendall(sys.argv[3].encode("latin-1").decode("unicode_escape").encode("latin-1"))
while part := s.recv(4096): sys.stdout.write(part.decode("latin-1"))
"""


def curl(world, *arguments):
    return world.inside("curl", "-sS", "-m", str(PATIENCE), *arguments)


def raw(world, port: int, sent: str, host: str = "api.demo.test") -> str:
    end = world.inside("python3", "-c", RAW, host, str(port), sent, timeout=2 * PATIENCE)
    assert end.returncode == 0, end
    return end.stdout


def test_the_status_line_says_why(world):
    """All that wget, pip and urllib print."""
    script = "import sys, urllib.request\ntry: urllib.request.urlopen(sys.argv[1])\nexcept Exception as e: print(e)"
    end = world.inside("python3", "-c", script, "https://unlisted.test/")
    assert end.stdout == "HTTP Error 403: anchorhold: refused by profile demo version 1: no rule lists unlisted.test\n", end
    end = world.inside("python3", "-c", script, f"{API}/other")
    assert end.stdout.startswith("HTTP Error 403: anchorhold: refused by profile demo version 1: "), end


def test_no_byte_of_the_agent_or_of_a_person_breaks_the_status_line(world):
    world.gate.person = "wait"
    client = world.start_inside("curl", "-sSi", "-d", "x=1", f"{API}/ask/line")
    world.gate.wait_for_ask()
    world.gate.verdict("denied", "no\r\nX-Evil: yes\n\u00e9")
    said = client.communicate(timeout=PATIENCE)[0]
    head = said.split("\n\n")[0]
    assert head.startswith("HTTP/1.1 403 anchorhold: denied by a person") and "\nX-Evil" not in head, said


@pytest.mark.parametrize("url, words", [
    (f"{API}:8443/", "lists api.demo.test but not port 8443"), ("http://api.demo.test:8080/", "lists api.demo.test but not port 8080"),
    ("https://unlisted.test:8443/", "no rule lists unlisted.test"), ("http://198.18.77.77/", "no name stands for this address")])
def test_whatever_port_or_address_is_asked_it_is_told_why(world, url, words):
    end = curl(world, "-w", "%{http_code}", url)
    assert end.stdout.endswith("403") and words in end.stdout, end
    assert world.audit.heard(lambda event: words in json.dumps(event))


def test_git_shows_why_its_own_protocol_is_refused(world):
    end = world.inside("git", "clone", "git://git.demo.test/acme/app.git", "/tmp/none")
    assert "remote error: anchorhold: refused by profile demo version 1: it lists git.demo.test but not port 9418" in end.stderr, end


def test_ssh_shows_why_it_is_refused(world):
    """RFC 4253: a version string, then a disconnect, which OpenSSH's client prints."""
    said = raw(world, 22, "SSH-2.0-OpenSSH_10.0\\r\\n")
    assert said.startswith("SSH-2.0-anchorhold\n") and "anchorhold: refused by profile demo version 1: it lists api.demo.test but not port 22" in said
    assert world.audit.heard(lambda event: "not port 22" in json.dumps(event))


@pytest.mark.parametrize("port, sent, words", [(443, "\\x00\\x01hello", "neither TLS nor HTTP"), (6379, "*1\\r\\n$4\\r\\nPING\\r\\n", "not port 6379"),
                                               (25, "", "not port 25")])
def test_any_other_protocol_is_told_in_a_line(world, port, sent, words):
    said = raw(world, port, sent)
    assert said.startswith("anchorhold: ") and words in said and said.endswith("\n"), said


def test_clear_text_goes_to_port_80_only_unless_the_profile_says_so(world):
    assert "you reached port 80" in curl(world, "http://api.demo.test/open/x").stdout
    end = curl(world, "-w", "%{http_code}", "http://api.demo.test:443/open/x")
    assert end.stdout.endswith("400") and "port 443 of api.demo.test is for TLS" in end.stdout, end
    profile = world.gate.profile
    name = 'name = "api.demo.test"\n'
    world.gate.change(profile.replace(name, name + "clear = true\n", 1))
    try:
        world.until_all_is_well()
        assert "plain HTTP request was sent to HTTPS port" in curl(world, "http://api.demo.test:443/open/x").stdout
    finally:
        world.gate.change(profile)
        world.until_all_is_well()


def test_many_slow_handshakes_at_once_are_all_answered(world):
    """Each client says its hello in pieces, all of them at the same time."""
    script = """
import socket, ssl, threading, time
names = {"git.demo.test": b"/acme/app.git/x", "api.demo.test": b"/open/slow"}
said = []
def one(name, path):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=name)
    s = socket.create_connection((name, 443), 60)
    def step(act):
        while True:
            try: done = act()
            except ssl.SSLWantReadError: done = None
            flight = outgoing.read()
            for at in range(0, len(flight), 64): s.sendall(flight[at:at + 64]); time.sleep(0.05)
            if done is not None: return done
            part = s.recv(4096)
            incoming.write(part) if part else incoming.write_eof()
    step(lambda: tls.do_handshake() or True)
    step(lambda: tls.write(b"GET " + path + b" HTTP/1.1\\r\\nHost: " + name.encode() + b"\\r\\nConnection: close\\r\\n\\r\\n"))
    said.append(step(lambda: tls.read(4096))[:12])
threads = [threading.Thread(target=one, args=each) for each in list(names.items()) * 12]
for each in threads: each.start()
for each in threads: each.join()
print(len(said), set(said) <= {b"HTTP/1.1 200", b"HTTP/1.1 403"})
"""
    end = world.inside("python3", "-c", script, timeout=3 * PATIENCE)
    assert end.stdout.split() == ["24", "True"], end
