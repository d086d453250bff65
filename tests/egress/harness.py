"""The real egress between a cell of its own network namespace and a closed little internet, with a gatekeeper, an auditor
and a fence that the tests play.

The pytest process moves into a fresh network namespace: egress, nginx, git and DNS are there. The cell is a second one
behind a veth; whatever it sends to synthetic and refusal addresses is redirected to egress by nftables, as in the guest.
"""

import ctypes
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path

from image.vm import closed_internet
from image.vm.closed_internet import RESOLVER4, ClosedInternet
from image.vm.wait import wait_until

CELL4, CELL6 = "198.18.0.1", "fd61:6e63:686f::1"
SECRET = "hunter2-is-not-in-the-cell"
USER = "agent-bot"
NAMES = ["redirect4", "redirect6", "dns4-udp", "dns4-tcp", "dns6-udp", "dns6-tcp"]

RULESET = """
table inet cell {
  chain to_egress {
    type nat hook prerouting priority dstnat;
    iifname "cell0" ip daddr { 198.18.0.5, 198.18.1.0-198.19.255.255 } meta l4proto tcp redirect to :15001
    iifname "cell0" ip6 daddr fd61:6e63:686f:1::/64 meta l4proto tcp redirect to :15001
  }
}
"""


PATIENCE = 60  # seconds, for what should come at once; only a failure takes as long


def run(*command: str, **kwargs) -> subprocess.CompletedProcess:
    return subprocess.run(command, check=True, **kwargs)


def heard(process: subprocess.Popen) -> str:
    """The next line, read past Python's buffers, which select() does not see."""
    assert process.stdout is not None, "the program was started with a pipe"
    line = b""
    while not line.endswith(b"\n"):
        assert select.select([process.stdout], [], [], PATIENCE)[0], f"nothing came through after {line!r}"
        byte = os.read(process.stdout.fileno(), 1)
        assert byte, f"the program ended after {line!r}"
        line += byte
    return line.decode().rstrip()


def enter() -> None:
    """Into a network namespace where every address but the cell's is our own. There is no way back."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(closed_internet.CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare the network namespace: run as root")
    run("ip", "link", "set", "lo", "up")
    run("ip", "addr", "add", f"{RESOLVER4}/32", "dev", "lo")
    run("ip", "route", "add", "local", "default", "dev", "lo", "table", "main")
    run("ip", "-6", "route", "add", "local", "default", "dev", "lo", "table", "main")
    for family in ("ipv4", "ipv6"):
        Path(f"/proc/sys/net/{family}/ip_nonlocal_bind").write_text("1")


class Cell:
    """The namespace that the agent's tools run in, with its own resolv.conf and trust."""

    def __init__(self, directory: Path):
        self.directory = directory
        etc = directory / "etc"
        shutil.copytree("/etc", etc, symlinks=True, ignore_dangling_symlinks=True)
        for path, text in ((etc / "resolv.conf", f"nameserver {CELL4}\n"), (etc / "hosts", "127.0.0.1 localhost\n")):
            path.unlink(missing_ok=True)
            path.write_text(text)
        bundle = etc / "ssl/certs/ca-certificates.crt"
        bundle.parent.mkdir(parents=True, exist_ok=True)
        bundle.unlink(missing_ok=True)
        bundle.symlink_to(directory / "trust/ca-certificates.crt")
        (directory / "home").mkdir()
        self.holder = subprocess.Popen(["unshare", "--net", "--mount", "--propagation", "private", "sh", "-c",
                                        f"mount --bind {etc} /etc && exec sleep infinity"])
        pid = str(self.holder.pid)
        wait_until(lambda: Path(f"/proc/{pid}/comm").read_text() == "sleep\n", "the cell's namespaces")
        run("ip", "link", "add", "cell0", "type", "veth", "peer", "name", "eth0", "netns", pid)
        run("ip", "addr", "add", f"{CELL4}/30", "dev", "cell0")
        run("ip", "-6", "addr", "add", f"{CELL6}/126", "dev", "cell0", "nodad")
        run("ip", "link", "set", "cell0", "up")
        for command in ("ip link set lo up", "ip addr add 198.18.0.2/30 dev eth0", "ip -6 addr add fd61:6e63:686f::2/126 dev eth0 nodad",
                        "ip link set eth0 up", f"ip route add default via {CELL4}", f"ip -6 route add default via {CELL6}"):
            run("nsenter", "-t", pid, "-n", *command.split())

    def command(self, *command: str) -> list[str]:
        return ["nsenter", "-t", str(self.holder.pid), "-n", "-m", *command]

    def environment(self) -> dict[str, str]:
        """Nothing that would help: trust and names come from the cell's files, as for any Debian."""
        return {"PATH": os.environ["PATH"], "HOME": str(self.directory / "home"), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8",
                "GIT_CONFIG_COUNT": "3", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Agent", "GIT_CONFIG_KEY_1": "user.email",
                "GIT_CONFIG_VALUE_1": "agent@cell.test", "GIT_CONFIG_KEY_2": "safe.directory", "GIT_CONFIG_VALUE_2": "*"}

    def stop(self) -> None:
        self.holder.kill()
        self.holder.wait()


class Server:
    """A SEQPACKET server of one JSON object a packet; connections live on threads."""

    def __init__(self, path: Path):
        self.path = path
        self.connections: list[socket.socket] = []
        self.speaking = threading.Lock()
        self.start()

    def start(self) -> None:
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(self.path))
        self.listener.listen(8)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def kill(self) -> None:
        """As if the process had died."""
        self.path.unlink(missing_ok=True)
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()
        self.connections.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            self.connections.append(connection)
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        while True:
            try:
                packet = connection.recv(1 << 20)
            except OSError:
                return
            if not packet:
                return
            self.receive(connection, packet)

    def receive(self, connection: socket.socket, packet: bytes) -> None:
        raise NotImplementedError

    def say(self, connection: socket.socket, message: dict, secret: str = "") -> None:
        """A secret is a packet of its own, right behind."""
        if secret:
            message = message | {"secret_bytes": len(secret)}
        try:
            with self.speaking:
                connection.send(json.dumps(message).encode())
                if secret:
                    connection.send(secret.encode())
        except OSError:
            pass


class FakeAudit(Server):
    def __init__(self, path: Path):
        self.events: list[dict] = []
        self.failing = ""
        self.silent = False
        super().__init__(path)

    def receive(self, connection, packet):
        message = json.loads(packet)
        if self.failing:
            return self.say(connection, {"type": "failed", "reason": self.failing})
        self.events += message["events"]
        if not self.silent:
            self.say(connection, {"type": "durable", "upto": message["first"] + len(message["events"]) - 1})

    def heard(self, wanted) -> list[dict]:
        """The events that are wanted, once there is one: a record follows what it tells of by some milliseconds."""
        return wait_until(lambda: [event for event in self.events if wanted(event)], "a record", lambda: f"there are {self.events}")

    def requests(self, path: str) -> list[dict]:
        """As they were judged, before they went up."""
        return self.heard(lambda event: event["class_uid"] == 4002 and "traffic" not in event and event["http_request"]["url"]["path"] == path)

    def ends(self, *paths: str) -> list[dict]:
        """What became of them."""
        return self.heard(lambda event: "traffic" in event and event["http_request"]["url"]["path"] in paths)


class FakeGate(Server):
    """Answers as docs/design.md says; `person` decides what happens to an ask."""

    def __init__(self, path: Path, profile: str):
        self.profile = profile
        self.person = "wait"  # or "approve", "deny"; "deaf": not even gate answers
        self.asks: list[dict] = []
        self.consumed: list[dict] = []
        self.cancelled: list[int] = []
        self.outcomes: list[dict] = []
        self.leases = 0
        self.approvers = 1
        self.lease_reply: dict = {}
        self.secrets: dict[str, str] = {}  # by credential, where it is not SECRET
        self.searched: list[dict] = []
        self.echoed: list[dict] = []
        super().__init__(path)

    def policy(self) -> dict:
        if not self.profile:
            return {"type": "no-policy", "reason": "the profile is older than the last one"}
        return {"type": "policy", "profile": self.profile, "name": "demo", "version": 1, "digest": "00" * 32}

    def change(self, profile: str) -> None:
        self.profile = profile
        for connection in self.connections:
            self.say(connection, self.policy())

    def lend(self, connection, identity: int, credential: str) -> None:
        how = {"kind": "bearer", "user": ""} if credential == "token" else {"kind": "basic", "user": USER}
        self.say(connection, {"type": "lease", "id": identity, "seconds": 60} | how, self.secrets.get(credential, SECRET))

    def receive(self, connection, packet):
        message = json.loads(packet)
        kind = message["type"]
        if kind == "policy":
            self.say(connection, self.policy())
        elif kind == "lease":
            self.leases += 1
            if self.lease_reply:
                self.say(connection, self.lease_reply | {"id": message["id"]})
            else:
                self.lend(connection, message["id"], message["credential"])
        elif kind == "search":
            self.searched.append(message)
            self.say(connection, {"type": "search", "id": message["id"]}, self.secrets.get(message["credential"], SECRET))
        elif kind == "echoed":
            self.echoed.append(message)
        elif kind == "ask":
            request = f"r{len(self.asks) + 1}"
            self.asks.append(message | {"request": request, "connection": connection})
            if self.person == "deaf":
                return
            self.say(connection, {"type": "pending", "id": message["id"], "request": request, "url": f"http://anchor.test/{request}",
                                  "expires": int(time.time()) + 300, "approvers": self.approvers})
            if self.person == "approve":
                self.verdict("approved")
            elif self.person == "deny":
                self.verdict("denied", "not on a Friday")
        elif kind == "consume":
            self.consumed.append(message)
            asked = next(ask for ask in self.asks if ask["request"] == message["request"])
            if asked["action"] != message["action"]:
                self.say(connection, {"type": "refused", "id": message["id"], "reason": "these are not the bytes that were approved"})
            else:
                if asked["rule"].startswith("puppet"):
                    self.say(connection, {"type": "lease", "id": message["id"], "kind": "none", "seconds": 60})
                else:
                    self.lend(connection, message["id"], "git-demo" if asked["action"]["kind"] == "git.push" else "token")
        elif kind == "outcome":
            self.outcomes.append(message)
        elif kind == "cancel":
            self.cancelled.append(message["id"])

    def verdict(self, verdict: str, reason: str = "", which: int = -1) -> None:
        ask = self.asks[which]
        self.say(ask["connection"], {"type": "verdict", "id": ask["id"], "request": ask["request"], "verdict": verdict, "reason": reason, "by": "Ada"})

    def wait_for_ask(self, count: int = 1) -> dict:
        wait_until(lambda: len(self.asks) >= count, "a question of egress")
        return self.asks[-1]


class FakeFence(Server):
    def __init__(self, path: Path):
        self.opened: list[tuple[str, int]] = []
        self.refuse = 0
        self.opening = lambda: None
        super().__init__(path)

    def receive(self, connection, packet):
        family, port, _seconds, address = struct.unpack("=HHI16s", packet)
        text = socket.inet_ntop(family, address[:4] if family == socket.AF_INET else address)
        self.opened.append((text, port))
        self.opening()
        connection.send(struct.pack("=i", self.refuse))


class Egress:
    """The program, with the sockets that init would pass."""

    def __init__(self, program: Path, directory: Path, roots: Path):
        self.program, self.directory, self.roots = program, directory, roots
        self.log = directory / "egress.log"
        self.sockets = []
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            self.sockets.append(self._bound(family, socket.SOCK_STREAM, address, 15001))
        for family, address in ((socket.AF_INET, CELL4), (socket.AF_INET6, CELL6)):
            self.sockets.append(self._bound(family, socket.SOCK_DGRAM, address, 53))
            self.sockets.append(self._bound(family, socket.SOCK_STREAM, address, 53))
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(directory / "notify"))
        self.notify.settimeout(PATIENCE)
        self.start()

    @staticmethod
    def _bound(family: int, kind: int, address: str, port: int) -> socket.socket:
        made = socket.socket(family, kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((address, port))
        if kind == socket.SOCK_STREAM:
            made.listen(512)
        made.setblocking(False)
        return made

    def start(self) -> None:
        environment = os.environ | {
            "ANCHORHOLD_RUN": str(self.directory), "ANCHORHOLD_STATE": str(self.directory / "state"), "ANCHORHOLD_ROOTS": str(self.roots),
            "ANCHORHOLD_RESOLVERS": RESOLVER4, "NOTIFY_SOCKET": str(self.directory / "notify"), "LISTEN_FDS": str(len(NAMES)),
            "LISTEN_FDNAMES": ":".join(NAMES), "ASAN_OPTIONS": "detect_leaks=0"}
        # First out of the way of the numbers they will have.
        moves = [(s.fileno(), 100 + i) for i, s in enumerate(self.sockets)] + [(100 + i, 3 + i) for i in range(len(self.sockets))]
        with open(self.log, "ab") as log:
            actions = [(os.POSIX_SPAWN_DUP2, log.fileno(), 2), *((os.POSIX_SPAWN_DUP2, *move) for move in moves),
                       *((os.POSIX_SPAWN_CLOSE, 100 + i) for i in range(len(self.sockets)))]
            self.pid = os.posix_spawn("/bin/sh", ["sh", "-c", 'LISTEN_PID=$$ exec "$0"', str(self.program)], environment, file_actions=actions)

    def wait_ready(self) -> None:
        while b"READY=1" not in self.notify.recv(4096):
            pass

    def alive(self) -> bool:
        return os.waitpid(self.pid, os.WNOHANG) == (0, 0)

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)
        for each in self.sockets:
            each.close()
        self.notify.close()


class EgressHarness:
    def __init__(self, program: Path, directory: Path, profile):
        enter()
        self.directory = directory
        (directory / "state").mkdir()
        self.internet = ClosedInternet(directory / "internet", SECRET)
        self.internet.authority = closed_internet.certificates.Authority("Closed internet CA")
        for name, address4, address6, why in (("inner.demo.test", "10.1.2.3", "fd00::3", "listed, but at a private address"),
                                              ("shut.demo.test", "198.51.100.23", "2001:db8:b::23", "never dialled before its own test"),
                                              ("puppet.demo.test", "198.51.100.24", "2001:db8:b::24", "says what the test wants, when it wants"),
                                              ("echo.demo.test", "198.51.100.27", "2001:db8:b::27", "says what the test wants of credentials")):
            closed_internet.SERVERS.append(closed_internet.Server(name, address4, address6, why))
        self.internet._dns()
        self.internet._git_repositories()
        self.internet._web()
        self.roots = directory / "roots.crt"
        self.roots.write_text(closed_internet.certificates.Authority("Some public root").pem)
        self.profile = profile(self.internet.roots())
        run("nft", "-f", "-", input=RULESET, text=True)
        self.cell = Cell(directory)
        self.fence = FakeFence(directory / "fence")
        self.audit = FakeAudit(directory / "audit")
        self.gate = FakeGate(directory / "gate", self.profile)
        self.egress = Egress(program, directory, self.roots)
        self.egress.wait_ready()

    def inside(self, *command: str, timeout: float = 60, **kwargs) -> subprocess.CompletedProcess:
        return subprocess.run(self.cell.command(*command), env=self.cell.environment(), capture_output=True, text=True,
                              timeout=timeout, check=False, **kwargs)

    def start_inside(self, *command: str, **kwargs) -> subprocess.Popen:
        return subprocess.Popen(self.cell.command(*command), env=self.cell.environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True, **kwargs)

    def until_requests(self, path: str, words: str) -> None:
        """Until a request for that path gets an answer with these words: what a gatekeeper or auditor says or does reaches egress by itself."""
        ask = ("curl", "-sS", "-m", "30", f"https://api.demo.test{path}")
        wait_until(lambda: words in self.inside(*ask).stdout, f"{words!r} for {path}", lambda: str(self.inside(*ask)))

    def until_all_is_well(self) -> None:
        self.until_requests("/open/again", "uri=/open/again")

    def stop(self) -> None:
        self.egress.stop()
        self.cell.stop()
        self.internet.stop()
        shutil.rmtree(self.directory, ignore_errors=True)
