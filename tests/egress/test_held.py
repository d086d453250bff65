"""What is signed is what is sent: whatever the agent puts into a held request is in the record, or stays behind."""

import hashlib
import re
import struct

from image.vm.wait import wait_until
from tests.egress.harness import PATIENCE

HOST = "puppet.demo.test"
REPORT = b"0030\x01000eunpack ok\n0019ok refs/heads/free/x\n00000000"


def take_request(upstream):
    """(connection, head, body) of the next request."""
    connection, _ = upstream.accept()
    connection.settimeout(PATIENCE)
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    head, body = head.split(b"\r\n\r\n", 1)
    length = re.search(rb"(?i)content-length: (\d+)", head)
    while length and len(body) < int(length[1]):
        body += connection.recv(65536)
    return connection, head.decode(), body


def answer(connection, text, kind="text/plain"):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (kind.encode(), len(text), text))


def fields(head):
    return sorted(line.split(":")[0].lower() for line in head.split("\r\n")[1:])


def pkt(text):
    return b"%04x" % (len(text) + 4) + text


def push_body(ref, capabilities=b"\0 report-status side-band-64k"):
    pack = b"PACK" + struct.pack(">II", 2, 0)
    return pkt(b"0" * 40 + b" " + b"1" * 40 + b" " + ref.encode() + capabilities) + b"0000" + pack + hashlib.sha1(pack).digest()


def start_post(world, path, body, *arguments):
    file = world.directory / "held-body"
    file.write_bytes(body)
    return world.start_inside("curl", "-sS", "-m", "60", "--data-binary", f"@{file}", *arguments, f"https://{HOST}{path}")


SMUGGLED = ("-H", "Private-Token: attackers", "-H", "Cookie: _session=other", "-H", "Sudo: root", "-H", "X-Forwarded-User: admin",
            "-H", "Accept: application/vnd.other", "-H", "Content-Type: application/x-git-receive-pack-request", "-A", "not git",
            "-H", "Git-Protocol: version=9")


def push(world, upstream, ref):
    client = start_post(world, "/acme/app.git/git-receive-pack", push_body(ref), *SMUGGLED, "-H", "Authorization: Basic bWluZTp4")
    if not ref.startswith("refs/heads/free/"):
        world.gate.wait_for_ask()
        world.gate.verdict("approved")
    connection, head, body = take_request(upstream)
    answer(connection, REPORT, "application/x-git-receive-pack-result")
    assert client.wait(PATIENCE) == 0
    assert body == push_body(ref)
    return head


def test_a_push_held_or_allowed_takes_no_field_of_the_agent_up_but_its_login(world, upstream):
    """The server would act upon Sudo or Private-Token, which nobody saw."""
    for ref in ("refs/heads/free/x", "refs/heads/held"):
        head = push(world, upstream, ref)
        assert fields(head) == ["accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host", "user-agent"], head
        assert "application/vnd.other" not in head and "not git" not in head, head
    (ask,) = world.gate.asks
    assert ask["action"]["headers"] == [{"name": "authorization", "value": "Basic bWluZTp4"}]
    assert world.gate.consumed[0]["action"] == ask["action"]


def test_all_fields_of_a_held_request_are_in_the_record_or_stay_behind(world, upstream):
    client = start_post(world, "/ask/pay", b"a=1", "-H", "Accept: application/vnd.api.v1.execute+json", "-H", "Accept-Language: de",
                        "-H", "Accept-Encoding: br", "-A", "one", "-H", "Date: Fri, 27 Nov 2026 00:00:00 GMT", "-H", "X-Action: pay")
    ask = world.gate.wait_for_ask()
    world.gate.verdict("approved")
    connection, head, body = take_request(upstream)
    answer(connection, b"paid")
    assert client.communicate(timeout=PATIENCE)[0] == "paid" and body == b"a=1"
    (told,) = wait_until(lambda: world.gate.outcomes, "the outcome")
    assert told["request"] == "r1" and told["outcome"] == {"status": 200, "taken": True, "refused": [], "text": ""}
    sent = sorted((line.split(": ")[0].lower(), line.split(": ", 1)[1]) for line in head.split("\r\n")[1:])
    signed = [(header["name"], header["value"]) for header in ask["action"]["headers"]]
    assert sent == sorted([*signed, ("host", HOST), ("content-length", "3"), ("connection", "close")])
    assert ("accept", "application/vnd.api.v1.execute+json") in signed and "date" not in dict(signed)


def test_the_body_of_a_held_request_is_in_the_record_where_it_can_be_shown_whole(world):
    text = '{"to": "ü\u202e", "amount": 500000}\n'
    for path, body, shown in (("/ask/text", text.encode(), text), ("/ask/long", b"x" * 8192, "x" * 8192), ("/ask/longer", b"x" * 8193, None),
                              ("/ask/binary", b"amount=5\0&amount=6", None), ("/ask/latin", b"\xfc", None), ("/ask/none", b"", "")):
        world.gate.asks.clear()
        start_post(world, path, body)
        action = world.gate.wait_for_ask()["action"]
        assert action["body_text"] == shown and action["body_bytes"] == len(body), path
        world.gate.verdict("denied", "seen")


MANY = """
import socket, ssl
context = ssl.create_default_context()
kept = []
for i in range(64):
    s = context.wrap_socket(socket.create_connection(("puppet.demo.test", 443)), server_hostname="puppet.demo.test")
    s.sendall(b"POST /ask/many-%d HTTP/1.1\\r\\nHost: puppet.demo.test\\r\\nContent-Length: 1\\r\\n\\r\\nx" % i)
    kept.append(s)
print(sum(b"too many requests wait" in s.recv(4096) for s in kept))
"""


def test_answered_questions_free_their_places(world):
    world.gate.person = "deny"
    assert world.inside("python3", "-c", MANY).stdout == "0\n"
    asked = len(world.gate.asks)
    assert asked == 64
    world.gate.person = "wait"
    assert "pending" in world.inside("curl", "-sS", "-m", "60", "-d", "x", f"https://{HOST}/ask/one-more").stdout
    assert len(world.gate.asks) == asked + 1


def test_another_accept_is_another_question(world, upstream):
    clients = []
    for version in ("preview", "execute"):
        clients.append(start_post(world, "/ask/accept", b"a=1", "-H", f"Accept: application/vnd.api.{version}"))
        wait_until(lambda: len(world.gate.asks) == len(clients), "a question of its own")
    world.gate.verdict("approved", which=0)
    connection, head, _ = take_request(upstream)
    answer(connection, b"done")
    assert "application/vnd.api.preview" in head
    assert clients[0].communicate(timeout=PATIENCE)[0] == "done"
    world.gate.verdict("denied", "no")
    assert "denied by a person" in clients[1].communicate(timeout=PATIENCE)[0]
