"""A credential never comes back: whichever rule matched, whichever part of the answer says it, in whatever spelling, and
nothing of how an answer comes tells of it."""

import base64
import contextlib
import gzip
import json
import socket
import ssl
import threading
import zlib
from collections.abc import Callable

import pytest

from image.vm.wait import wait_until
from tests import size_oracle
from tests.egress.harness import PATIENCE, SECRET, USER, heard

HOST, ADDRESS = "echo.demo.test", "198.51.100.27"
SECOND = "another-secret-of-this-host/+?"


class Upstream:
    """Answers every request with what the test says; connections are not kept."""

    def __init__(self, world):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        base = world.internet.directory / HOST
        context.load_cert_chain(f"{base}.pem", f"{base}.key")
        self.heads: list[str] = []
        self.answer = b""
        self.hold: threading.Event | None = None  # keeps the connection until it is set
        self.listener = context.wrap_socket(socket.create_server((ADDRESS, 443)), server_side=True)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except ssl.SSLError:
                continue
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                head = b""
                while b"\r\n\r\n" not in head and (part := connection.recv(65536)):
                    head += part
                self.heads.append(head.decode("latin-1"))
                connection.sendall(self.answer)
                if self.hold:
                    self.hold.wait(PATIENCE)

    def says(self, body: bytes, *fields: str, status: str = "200 OK"):
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *fields]
        self.answer = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def server(harness):
    made = Upstream(harness)
    yield made
    made.listener.close()


@pytest.fixture
def upstream(world, server):
    world.gate.secrets = {"second": SECOND}
    world.gate.echoed.clear()
    server.heads.clear()
    return server


def get(world, path="/bare/x", *arguments):
    end = world.inside("curl", "-sS", "-m", "30", "-i", *arguments, f"https://{HOST}{path}")
    assert end.returncode == 0 or "502" in end.stdout, end
    return end.stdout


@pytest.mark.parametrize("path", ["/bare/x", "/placed/x"])
def test_no_answer_of_a_host_that_has_credentials_shows_one(world, upstream, path):
    """EG3: the server's log comes down over a rule that places none, or places another."""
    upstream.says(f"log: Bearer {SECRET}\nand {SECRET}\n".encode(), f"X-Was: {SECRET}")
    said = get(world, path)
    assert SECRET not in said, said
    assert f"log: Bearer {'*' * len(SECRET)}\nand {'*' * len(SECRET)}\n" in said
    assert ("Bearer " + SECRET in upstream.heads[0]) == (path == "/placed/x")


def spellings(secret: str) -> dict[str, str]:
    pair = base64.b64encode(f"{USER}:{secret}".encode()).decode()
    return {
        "json of .NET": "".join(f"\\u{ord(c):04X}" if c in "+'&<>/?-" else c for c in secret),
        "json of PHP, of a header": "Basic " + pair.replace("/", "\\/"),
        "percent": "".join(f"%{ord(c):02X}" for c in secret),
        "percent twice": "".join(f"%25{ord(c):02x}" for c in secret),
        "html": "".join(f"&#{ord(c)};" for c in secret),
        "quoted-printable": "".join(f"={ord(c):02X}" + ("=\r\n" if i % 20 == 19 else "") for i, c in enumerate(secret)),
        "hex": secret.encode().hex().upper(),
        "base64 in lines": base64.encodebytes(f"{USER}:{secret}:and more of it to fill a second line of it".encode()).decode(),
        "base64 twice": base64.b64encode(pair.encode()).decode(),
        "base64 for URLs, in a query": "?auth=" + base64.urlsafe_b64encode(secret.encode()).decode(),
        "capitals": secret.upper(),
    }


@pytest.mark.parametrize("spelling", spellings(SECRET))
def test_it_is_found_by_what_was_meant(world, upstream, spelling):
    """EG8."""
    text = spellings(SECRET)[spelling]
    upstream.says(f"before {text} after\n".encode())
    said = get(world).split("\n\n", 1)[1]
    assert len(said) == len(f"before {text} after\n") and said.count("*") >= len(SECRET), said


def test_an_answer_ends_where_a_credential_comes_back_if_the_profile_says_so(world, upstream):
    """Also where another one was placed."""
    upstream.says(f"one line\nlog: {SECOND}\nmore\n".encode())
    said = get(world, "/placed/x")
    assert "502" in said.splitlines()[0] and "held a credential" in said and "more" not in said, said
    upstream.says(b"a line of it\n" * 20_000 + f"log: {SECOND}\nmore\n".encode())
    end = world.inside("curl", "-sS", "-m", "30", f"https://{HOST}/placed/x")
    assert end.returncode != 0 and SECOND not in end.stdout and "more" not in end.stdout, end.returncode
    upstream.says(b"ok\n", f"X-Was: {SECOND}")
    said = get(world)
    assert "502" in said.splitlines()[0] and "held a credential" in said, said


def test_how_an_answer_comes_is_not_the_agents_choice(world, upstream):
    """EG7: by any field of the class, over any rule."""
    upstream.says(b"ok\n")
    fields = ["Accept-Encoding: gzip", "Accept-Charset: utf-16", "A-IM: gzip", "TE: gzip", "Range: bytes=0-1", 'If-Range: "x"',
              "Request-Range: bytes=0-1", "Want-Digest: sha-256", "X-Ms-Range: bytes=0-1", "Accept-Datetime: now"]
    asked = [word for field in fields for word in ("-H", field)]
    get(world, "/bare/x", *asked, "-H", "Accept: text/plain", "-H", "X-Api-Version: 3", "-H", "Content-Encoding: gzip", "-d", "x")
    head = upstream.heads[0].lower()
    assert "accept-encoding: identity" in head and "accept: text/plain" in head and "x-api-version: 3" in head
    assert "content-encoding: gzip" in head
    for field in fields[1:]:
        assert field.split(":")[0].lower() + ":" not in head, head


def bare_deflate(data: bytes) -> bytes:
    """As old servers mean it: without a header."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "Deflate": bare_deflate}


@pytest.mark.parametrize("coding", PACKED)
@pytest.mark.parametrize("more", ["", "Content-Encoding: identity"])
def test_what_came_packed_unasked_is_unpacked_searched_and_passed_on(world, upstream, coding, more):
    """C9, EG16, and objects that are stored packed."""
    text = f"one\n{SECRET}\n" + "a line of it\n" * 20_000
    upstream.says(PACKED[coding](text.encode()), *([more] if more else []), f"Content-Encoding: {coding}")
    head, body = get(world).split("\n\n", 1)
    assert "200" in head and "content-encoding" not in head.lower()
    assert body == text.replace(SECRET, "*" * len(SECRET))


@pytest.mark.parametrize("fields, status, words", [
    (["Content-Encoding: br"], "200 OK", "encoding that nobody asked for"),
    (["Content-Encoding: gzip", "Content-Encoding: gzip"], "200 OK", "encoding that nobody asked for"),
    (["Content-Type: text/plain; charset=utf-7"], "200 OK", 'character set "utf-7"'),
    (["Content-Type: text/plain; charset=ibm037"], "200 OK", 'character set "ibm037"'),
    (["Content-Range: bytes 0-3/9"], "206 Partial Content", "a part or a difference"),
    (["IM: gzip"], "226 IM Used", "a part or a difference"),
])
def test_what_cannot_be_searched_is_refused_with_words(world, upstream, fields, status, words):
    upstream.says(b"some", *fields, status=status)
    said = get(world)
    assert "502" in said.splitlines()[0] and words in said, said


def test_packed_data_that_break_off_do_not_look_whole(world, upstream):
    upstream.says(gzip.compress(b"x" * 100_000)[:-4], "Content-Encoding: gzip")
    assert world.inside("curl", "-sS", "-m", "30", f"https://{HOST}/bare/x").returncode != 0


def test_that_it_came_back_is_recorded_and_told_to_the_gatekeeper(world, upstream):
    """EG9: once an answer, with credential, rule and path."""
    upstream.says(f"{SECRET}\n{SECRET}\n".encode(), f"X-Was: {SECRET}")
    get(world, "/bare/log?q=1")
    told = wait_until(lambda: world.gate.echoed, "a word to the gatekeeper")
    assert [(t["credential"], t["host"], t["rule"], t["path"]) for t in told] == [("token", HOST, "bare", "/bare/log")]
    records = wait_until(lambda: [r for r in world.audit.requests("/bare/log") if "came back" in json.dumps(r)], "its record")
    assert len(records) == 1 and records[0]["firewall_rule"]["uid"] == "bare" and "token" in json.dumps(records[0])
    assert SECRET not in json.dumps(world.audit.events)


def test_a_stream_whose_credential_is_withheld_is_cut(world, upstream):
    upstream.hold = threading.Event()
    upstream.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nline\n"
    client = world.start_inside("curl", "-sSN", f"https://{HOST}/placed/x")
    try:
        assert heard(client) == "line"
        for connection in world.gate.connections:
            world.gate.say(connection, {"type": "withheld", "credential": "token"})
        assert client.wait(PATIENCE) != 0
    finally:
        upstream.hold.set()
        upstream.hold = None
        client.kill()
        # Withheld until gate starts anew.
        world.gate.kill()
        world.gate.start()
        world.until_all_is_well()


def test_an_answer_that_cannot_be_searched_because_gate_does_not_say_for_what_is_not_asked_for(world, upstream):
    upstream.says(b"ok\n")
    get(world)
    upstream.heads.clear()
    receive = world.gate.receive

    def refusing(connection, packet):
        message = json.loads(packet)
        if message["type"] == "search":
            return world.gate.say(connection, {"type": "refused", "id": message["id"], "reason": "the vault is shut"})
        return receive(connection, packet)

    world.gate.receive = refusing
    try:
        world.gate.change(world.gate.profile + "\n# the same, newly\n")
        said = wait_until(lambda: text if "the vault is shut" in (text := get(world)) else None, "a refusal")
        assert "502" in said.splitlines()[0] and not upstream.heads
    finally:
        world.gate.receive = receive
        world.gate.change(world.gate.profile.removesuffix("\n# the same, newly\n"))
        world.until_all_is_well()


def test_the_sizes_of_what_comes_tell_nothing_of_a_guess(world):
    end = world.inside("python3", "-c", size_oracle.PROGRAM, SECRET[:12], SECRET[12], timeout=200)
    assert end.returncode == 0, end.stderr
    size_oracle.judge(json.loads(end.stdout), SECRET[12])


def places_of(pid: int, needles: list[bytes]) -> tuple[list[str], int]:
    """The mappings that hold one of them and are not locked; how many locked ones do."""
    unlocked, locked = [], 0
    mapping, found = "", False
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as lines, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in lines:
            first = line.split()[0]
            if "-" in first and not first.endswith(":"):
                mapping, found = line.strip(), False
                begin, end = (int(x, 16) for x in first.split("-"))
                # Nor the shadow of a program with sanitizers.
                if "r" not in line.split()[1] or end >= 1 << 63 or end - begin > 1 << 32:
                    continue
                at, tail = begin, b""
                while at < end:
                    try:
                        memory.seek(at)
                        part = memory.read(min(1 << 22, end - at))
                    except (OSError, ValueError):
                        break  # a guard page, or the vsyscall one
                    if not part:
                        break
                    found = found or any(needle in tail + part for needle in needles)
                    tail, at = part[-200:], at + len(part)
            elif first == "VmFlags:" and found:
                if "lo" in line.split():
                    locked += 1
                else:
                    unlocked.append(mapping)
    return unlocked, locked


def test_a_lent_secret_is_in_locked_memory_alone(world):
    """E2: neither the channel from gate nor the search for it leaves a copy elsewhere."""
    secret = "only-for-this-one-test-0123456789"
    world.gate.secrets = {"token": secret}
    for version in range(2):
        world.gate.change(world.gate.profile + "#")
        put = ("curl", "-sS", "-m", "30", "-X", "PUT", "-d", "x", "-w", "%{http_code}", f"https://api.demo.test/store/e2-{version}")
        wait_until(lambda: world.inside(*put).stdout.endswith(("201", "204")), "a request with the new secret")
        assert f"auth=Bearer {secret}" in world.internet.log("access.log")
    needles = [secret.encode(), base64.b64encode(secret.encode()).rstrip(b"="), secret.encode().hex().encode()]
    unlocked, locked = places_of(world.egress.pid, needles)
    assert locked > 0, "the search found nothing, not even the lease"
    assert unlocked == []
    world.gate.secrets = {}
    world.gate.change(world.gate.profile.rstrip("#"))
    world.until_all_is_well()
