"""A closed little internet in a network namespace of its own, with no uplink: whatever leaves the guest ends here.

Every address of the world is local to the namespace, so an attack that gets out reaches our own servers and shows in the
record of frames taken on the wire. Names, servers and addresses are the table SERVERS; all are documentation ranges.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import certificates, instance_lock, packages
from .wait import wait_until

ENCODINGS = Path(__file__).resolve().parent / "secret_encodings.py"
UNREAD = Path(__file__).resolve().parent / "unread.py"
TAP = "tap0"
GUEST4, GUEST6 = "203.0.113.10", "2001:db8:a::10"
GATEWAY4, GATEWAY6 = "203.0.113.1", "2001:db8:a::1"
RESOLVER4 = "203.0.113.53"
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000


@dataclass(frozen=True)
class Server:
    name: str
    address4: str
    address6: str
    why: str


SERVERS = [
    Server("git.demo.test", "198.51.100.20", "2001:db8:b::20", "git over HTTPS with Basic: what the profile lists"),
    Server("api.demo.test", "198.51.100.21", "2001:db8:b::21", "answers with the request it got; lax about fields and paths"),
    Server("packages.demo.test", "198.51.100.22", "2001:db8:b::22", "an index for pip and a registry for npm, with packages made here"),
    Server("unread.demo.test", "198.51.100.25", "2001:db8:b::25", "answers without reading bodies"),
    Server("unlisted.test", "198.51.100.66", "2001:db8:b::66", "in the world's DNS, in no profile"),
]

# The credential for init's uplink, in systemd.network(5) form.
UPLINK = f"""[Network]
Address={GUEST4}/24
Address={GUEST6}/64
Gateway={GATEWAY4}
Gateway={GATEWAY6}
DNS={RESOLVER4}
"""


def enter() -> None:
    """Put this process and its children into the closed internet. There is no way back."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare the network namespace: run as root or with user namespaces")
    _ip("link set lo up")
    _ip(f"tuntap add {TAP} mode tap")
    _ip(f"addr add {GATEWAY4}/24 dev {TAP}")
    _ip(f"-6 addr add {GATEWAY6}/64 dev {TAP} nodad")
    _ip(f"link set {TAP} up")
    _ip(f"addr add {RESOLVER4}/32 dev lo")
    # Every other address is ours too: what a guest sends anywhere is taken in here. In the main table, so that the
    # guest's own networks, which are more specific, still lead back to it.
    _ip("route add local default dev lo table main")
    _ip("-6 route add local default dev lo table main")
    for family in ("ipv4", "ipv6"):
        Path(f"/proc/sys/net/{family}/ip_nonlocal_bind").write_text("1")


def _ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True)


class Wire:
    """Every frame that the guest sends, as (protocol, destination, port): the proof of what left."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, int]] = []
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._socket.bind((TAP, 0))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            frame, address = self._socket.recvfrom(2048)
            if address[2] != socket.PACKET_OUTGOING:
                self.sent.append(decode(frame))

    def mark(self) -> int:
        return len(self.sent)

    def since(self, mark: int) -> list[tuple[str, str, int]]:
        """What left after the mark, without the chatter that every link has (ARP, neighbour and router discovery)."""
        time.sleep(0.3)
        return [what for what in self.sent[mark:] if what[0] not in ("arp", "icmp6-nd")]


def decode(frame: bytes) -> tuple[str, str, int]:
    kind = int.from_bytes(frame[12:14], "big")
    if kind == 0x0800:
        header = (frame[14] & 15) * 4
        protocol, destination, payload = frame[23], socket.inet_ntop(socket.AF_INET, frame[30:34]), frame[14 + header :]
    elif kind == 0x86DD:
        protocol, destination, payload = frame[20], socket.inet_ntop(socket.AF_INET6, frame[38:54]), frame[54:]
    else:
        return ("arp" if kind == 0x0806 else f"ethertype-{kind:04x}", "", 0)
    if protocol in (6, 17):
        return ({6: "tcp", 17: "udp"}[protocol], destination, int.from_bytes(payload[2:4], "big"))
    # Multicast listener reports and neighbour discovery are the link's own.
    if protocol == 58 and payload and payload[0] in (130, 131, 132, 133, 134, 135, 136, 143) or protocol == 0 and kind == 0x86DD:
        return ("icmp6-nd", destination, 0)
    return ({1: "icmp", 58: "icmp6"}.get(protocol, f"ip-{protocol}"), destination, 0)


class ClosedInternet:
    """The servers, each with its log under `directory`. Call enter() first."""

    def __init__(self, directory: Path, password: str):
        self.directory, self.password = directory, password
        self._children: list[subprocess.Popen] = []
        directory.mkdir(parents=True, exist_ok=True)

    def start(self) -> None:
        self.wire = Wire()
        self.authority = certificates.Authority("Closed internet CA")
        self._dns()
        self._git_repositories()
        self._web()

    def roots(self) -> str:
        """PEM that a profile gives as `roots` for these servers."""
        return self.authority.pem

    def _run(self, name: str, *command: str, **kwargs: Any) -> None:
        log = open(self.directory / f"{name}.log", "ab")
        # A session of its own, because fcgiwrap does not end the processes that it forks.
        self._children.append(subprocess.Popen([*instance_lock.DIE_WITH_PARENT, *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                               start_new_session=True, **kwargs))

    def _dns(self) -> None:
        names = [f"--host-record={s.name},{s.address4},{s.address6}" for s in SERVERS]
        self._run("dns", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-daemon",
                  "--bind-interfaces", f"--listen-address={RESOLVER4}",
                  "--log-queries", "--log-facility=-", "--user=root", "--port=53", *names)

    def _git_repositories(self) -> None:
        self.repositories = self.directory / "repositories"
        self.repositories.mkdir(exist_ok=True)
        for name in ("acme/app", "other/secret"):
            # What was pushed stays over a restart.
            if not (self.repositories / f"{name}.git").exists():
                self.new_repository(name)

    def new_repository(self, name: str) -> Path:
        path = self.repositories / f"{name}.git"
        shutil.rmtree(path, ignore_errors=True)
        work, bare = self.directory / "seed", self.directory / "seed.git"
        for left in (work, bare):
            shutil.rmtree(left, ignore_errors=True)
        git = ["git", "-c", "user.name=Seed", "-c", "user.email=seed@demo.test", "-c", "init.defaultBranch=main", "-c",
               "safe.directory=*"]
        for command in (["init", "-q", str(work)], ["-C", str(work), "commit", "-q", "--allow-empty", "-m", "first"],
                        ["clone", "-q", "--bare", str(work), str(bare)], ["-C", str(bare), "config", "http.receivepack", "true"]):
            subprocess.run([*git, *command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        path.parent.mkdir(exist_ok=True)
        # Not the others: git may be at work there, and its temporary files go while chmod looks at them.
        subprocess.run(["chmod", "a+rwX", str(self.repositories), str(path.parent)], check=True)
        subprocess.run(["chmod", "-R", "a+rwX", str(bare)], check=True)
        bare.rename(path)
        return path

    def branch(self, repository: str, ref: str = "refs/heads/main") -> str:
        """The commit that the server's branch is at, or '' if it has none."""
        end = subprocess.run(["git", "-c", "safe.directory=*", "-C", str(self.repositories / f"{repository}.git"), "rev-parse", "-q",
                              "--verify", ref], capture_output=True, text=True, check=False)
        return end.stdout.strip()

    def _web(self) -> None:
        fcgi = self.directory / "fcgi"
        fcgi.unlink(missing_ok=True)
        hashed = subprocess.check_output(["openssl", "passwd", "-apr1", "-stdin"], input=self.password, text=True).strip()
        (self.directory / "htpasswd").write_text(f"agent-bot:{hashed}\n")
        environment = {**os.environ, "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        self._run("fcgiwrap", "fcgiwrap", "-c", "4", "-s", f"unix:{fcgi}", env=environment)
        for server in SERVERS:
            self.authority.issue(self.directory / server.name, [server.name])
        packages.lay_out(self.directory / "packages", "https://packages.demo.test")
        unread = next(s for s in SERVERS if s.name == "unread.demo.test")
        self._run("unread", "python3", str(UNREAD), unread.address4, unread.address6, str(self.directory / unread.name))
        (self.directory / "nginx.conf").write_text(self._nginx(fcgi))
        (self.directory / "nginx-tmp").mkdir(exist_ok=True)
        (self.directory / "store").mkdir(exist_ok=True)
        self._run("nginx", "nginx", "-p", str(self.directory), "-c", str(self.directory / "nginx.conf"), "-e", str(self.directory / "error.log"))
        _wait_for(socket.AF_INET, (SERVERS[0].address4, 443))
        _wait_for(socket.AF_INET, (RESOLVER4, 53))
        _wait_for(socket.AF_UNIX, str(fcgi))

    def _nginx(self, fcgi: Path) -> str:
        def tls(name: str) -> str:
            s = next(s for s in SERVERS if s.name == name)
            return (f"listen {s.address4}:443 ssl; listen [{s.address6}]:443 ssl; server_name {name}; "
                    f"ssl_certificate {self.directory}/{name}.pem; ssl_certificate_key {self.directory}/{name}.key;")

        # What servlet containers, IIS, Rails and others that decode, fold or cut a path serve as /v1/keys/private.
        private = r"^/v1/(x/\.\.;/)?keys(;[^/]*)?(/|\\\\|%2f)private([.]json|[. ]|[?].*)?(;[^/]*)?/?$"
        method_fields = "$http_x_http_method$http_x_http_method_override$http_x_method_override$arg__method"
        path_fields = "$http_x_original_url$http_x_rewrite_url$http_x_forwarded_prefix$http_destination"
        # What a server that folds case, or cuts parameters, dots and slashes behind, takes for a push.
        lax_push = r"^/v1/reports/(?<repository>.+\.git)/git-receive-pack[;./]?[^/]*$"
        logins = "$http_cookie,$http_x_api_key,$http_private_token,$http_sudo"
        said = (r"did=$did $served\nmethod=$request_method uri=$request_uri host=$http_host auth=%s range=$http_range "
                rf"agent=$http_user_agent\nlogins={logins}, claims=$http_x_forwarded_user,$http_x_real_ip, plain=$http_x_plain\n")
        git_core = subprocess.check_output(["git", "--exec-path"], text=True).strip()

        def git(path: str) -> str:
            return f"""
      fastcgi_pass unix:{fcgi}; fastcgi_request_buffering off;
      fastcgi_param SCRIPT_FILENAME {git_core}/git-http-backend; fastcgi_param PATH_INFO {path}; fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param GIT_PROJECT_ROOT {self.repositories}; fastcgi_param REMOTE_USER $remote_user; fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method; fastcgi_param CONTENT_TYPE $content_type; fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol; fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
    """
        return f"""
user root; daemon off; master_process off; pid {self.directory}/nginx.pid;
events {{ worker_connections 512; }}
http {{
  log_format full escape=none '$time_iso8601 $server_name $remote_addr "$request" $status auth=$http_authorization';
  access_log {self.directory}/access.log full;
  client_body_temp_path {self.directory}/nginx-tmp/body; proxy_temp_path {self.directory}/nginx-tmp/proxy;
  fastcgi_temp_path {self.directory}/nginx-tmp/fcgi; uwsgi_temp_path {self.directory}/nginx-tmp/uwsgi; scgi_temp_path {self.directory}/nginx-tmp/scgi;
  client_max_body_size 0;
  map "{method_fields}" $did {{ "" $request_method; default "{method_fields}"; }}
  # An echo of a credential is an incident: only those who ask for it get one.
  map "$http_authorization" $placed {{ "" ""; default "(something)"; }}
  map "{path_fields}" $served {{ "" $uri; default "{path_fields}"; }}
  server {{ {tls("git.demo.test")}
    auth_basic "demo"; auth_basic_user_file {self.directory}/htpasswd;
    location / {{ {git("$uri")} }}
  }}
  server {{ {tls("api.demo.test")}
    default_type text/plain;
    location = /v1/encodings {{
      fastcgi_pass unix:{fcgi}; fastcgi_param SCRIPT_FILENAME {ENCODINGS}; fastcgi_param HTTP_AUTHORIZATION $http_authorization;
    }}
    # Takes the whole body before it answers, as a server must that acts on a form.
    location = /echo/long-form {{ fastcgi_pass unix:{fcgi}; fastcgi_param SCRIPT_FILENAME {ENCODINGS}; }}
    location ~* "{lax_push}" {{ {git("/$repository/git-receive-pack")} }}
    location ~* "{private}" {{ return 200 "the private key\\n"; }}
    location /store/ {{ root {self.directory}; dav_methods PUT DELETE; }}
    location ~ ^/(v1/)?(echo|open)(/|$) {{ return 200 "{said % "$http_authorization"}"; }}
    location / {{ return 200 "{said % "$placed"}"; }}
  }}
  server {{ {tls("packages.demo.test")}
    root {self.directory}/packages; types {{ application/json json; text/html html; application/octet-stream tgz whl; }}
    # npm asks for a scope's package as @scope%2fname.
    location /npm/ {{ try_files $uri $uri/packument.json =404; }}
    location /simple/ {{ index index.html; }}
  }}
  server {{ {tls("unlisted.test")} default_type text/plain; location / {{ return 200 "you reached the unlisted server\\n"; }} }}
  server {{ listen 80 default_server; listen [::]:80 default_server; default_type text/plain; return 200 "you reached port 80\\n"; }}
}}
"""

    def log(self, name: str) -> str:
        path = self.directory / name
        return path.read_text(errors="replace") if path.exists() else ""

    def logged(self, text: str, name: str = "access.log", seconds: float = 60) -> bool:
        """Whether the log says so, or soon does: nginx writes about an answer when its client has it already."""
        try:
            return wait_until(lambda: text in self.log(name), text, seconds=seconds)
        except TimeoutError:
            return False

    def stop(self) -> None:
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGTERM)
        for child in self._children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()


def _connects(family: int, address: tuple[str, int] | str) -> bool:
    with socket.socket(family) as tried, contextlib.suppress(OSError):
        tried.settimeout(10)
        tried.connect(address)
        return True
    return False


def _wait_for(family: int, address: tuple[str, int] | str) -> None:
    wait_until(lambda: _connects(family, address), f"the closed internet's server at {address}", lambda: "see its logs")
