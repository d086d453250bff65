"""proxy.py BUILD: keep-alive requests of 1 KiB a second of proxy CPU, through interception with a credential placed and every
request logged, for egress (policy and the real auditor too), squid with ssl-bump and HAProxy.

Three network namespaces: client, proxy, upstream. The proxies' processes have core 0, wrk and nginx core 1. Every connection
is redirected by nftables. Both ends speak TLS 1.3 with one cipher and one group only, so every proxy does. nginx gives the
1 KiB only to a request with the credential. What counts is requests by CPU time of all the proxy's processes, the auditor
too, so that a slow load generator does not matter. Median of the rounds, which take turns.
Last line: proxy-rps vs_squid=R vs_haproxy=R ….
"""

import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from image.vm import certificates, closed_internet
from tests.egress import harness

NAME, UPSTREAM, RESOLVER = "api.demo.test", "203.0.113.10", "203.0.113.53"
ROUNDS, SECONDS, CONNECTIONS = 5, 4, 16
PROXY_CORE, LOAD_CORE = {0}, {min(1, (os.cpu_count() or 1) - 1)}
TOKEN = "benchmark-token-of-usual-length-0123456789"

CIPHER, GROUP = "TLS_AES_256_GCM_SHA384", "X25519"

OPENSSL = f"""
openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = only
[only]
MinProtocol = TLSv1.3
Ciphersuites = {CIPHER}
Groups = {GROUP}
"""

# What a client sees of a proxy; run in the client's namespace.
LOOK = f"""
import http.client, json, ssl
connection = http.client.HTTPSConnection("{NAME}", context=ssl._create_unverified_context(), timeout=10)
lengths = []
for _ in range(2):
    connection.request("GET", "/v1/thing")
    answer = connection.getresponse()
    lengths.append((answer.status, len(answer.read()), connection.sock is not None))
print(json.dumps([connection.sock.version(), connection.sock.cipher()[0], *lengths]))
"""

PROFILE = """
name = "bench"
version = 1
expires = 2099-01-01T00:00:00Z
[[host]]
name = "api.demo.test"
private = true
roots = \"\"\"{roots}\"\"\"
[[credential]]
name = "token"
kind = "bearer"
hosts = ["api.demo.test"]
[[rule]]
id = "read"
host = "api.demo.test"
methods = ["GET"]
path = "/v1/**"
credential = "token"
verdict = "allow"
"""


def run(*command: str, **kwargs) -> None:
    subprocess.run(command, check=True, **kwargs)


class Namespaces:
    """The process itself is in the proxy's; the other two are held by a sleep each."""

    def __init__(self, directory: Path):
        if harness.ctypes.CDLL(None, use_errno=True).unshare(closed_internet.CLONE_NEWNET) != 0:
            raise SystemExit("proxy.py: needs root, for network namespaces")
        run("ip", "link", "set", "lo", "up")
        self.client = harness.Cell(directory)
        self.upstream = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        time.sleep(0.2)
        pid = str(self.upstream.pid)
        run("ip", "link", "add", "up0", "type", "veth", "peer", "name", "eth0", "netns", pid)
        run("ip", "addr", "add", "203.0.113.1/24", "dev", "up0")
        run("ip", "link", "set", "up0", "up")
        for command in ("ip link set lo up", f"ip addr add {UPSTREAM}/24 dev eth0", f"ip addr add {RESOLVER}/24 dev eth0",
                        "ip link set eth0 up", "ip route add default via 203.0.113.1"):
            run("nsenter", "-t", pid, "-n", *command.split())

    def redirect(self, port: int) -> None:
        run("nft", "-f", "-", input=f"""
            table inet bench
            delete table inet bench
            table inet bench {{
              chain to_proxy {{
                type nat hook prerouting priority dstnat
                iifname "cell0" meta l4proto tcp redirect to :{port}
              }}
            }}
            """, text=True)

    def in_upstream(self, *command: str, **kwargs) -> subprocess.Popen:
        return start(["nsenter", "-t", str(self.upstream.pid), "-n", *command], LOAD_CORE, **kwargs)

    def stop(self) -> None:
        self.client.stop()
        self.upstream.kill()


def start(command: list[str], core: set[int], log: Path | None = None, **kwargs) -> subprocess.Popen:
    out = open(log, "ab") if log else subprocess.DEVNULL
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=lambda: os.sched_setaffinity(0, core), **kwargs)


def tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *[each for child in children for each in tree(int(child))]]


def cpu_seconds(roots: list[int]) -> float:
    total = 0
    for pid in [each for root in roots for each in tree(root)]:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


class Bench:
    def __init__(self, build: Path):
        self.directory = Path(tempfile.mkdtemp(prefix="proxy-", dir="/tmp"))
        self.directory.chmod(0o755)
        self.children: list[subprocess.Popen] = []
        self.spaces = Namespaces(self.directory)
        self.authority = certificates.Authority("Bench CA")
        self._upstream()
        self.proxies = {"egress": (15001, self._egress(build)), "squid": (15002, self._squid()), "haproxy": (15003, self._haproxy())}
        time.sleep(3)

    def _upstream(self) -> None:
        self.authority.issue(self.directory / NAME, [NAME])
        (self.directory / "upstream-ca.pem").write_text(self.authority.pem)
        (self.directory / "openssl.cnf").write_text(OPENSSL)
        (self.directory / "tmp").mkdir()
        (self.directory / "nginx.conf").write_text(f"""
user root; daemon off; master_process off; pid {self.directory}/nginx.pid; error_log {self.directory}/nginx.log;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000000; keepalive_timeout 300; default_type text/plain;
  client_body_temp_path {self.directory}/tmp/a; proxy_temp_path {self.directory}/tmp/b; fastcgi_temp_path {self.directory}/tmp/c;
  uwsgi_temp_path {self.directory}/tmp/d; scgi_temp_path {self.directory}/tmp/e;
  server {{ listen {UPSTREAM}:443 ssl; server_name {NAME}; ssl_certificate {self.directory}/{NAME}.pem; ssl_certificate_key {self.directory}/{NAME}.key;
    ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites {CIPHER}; ssl_ecdh_curve {GROUP};
    location / {{ if ($http_authorization != "Bearer {TOKEN}") {{ return 403; }} return 200 "{'x' * 1024}"; }} }}
  server {{ listen {UPSTREAM}:8080; location / {{ stub_status; }} }} }}
""")
        self.children.append(self.spaces.in_upstream("nginx", "-p", str(self.directory), "-c", str(self.directory / "nginx.conf"), "-e",
                                                     str(self.directory / "nginx.log")))
        self.children.append(self.spaces.in_upstream("dnsmasq", "--keep-in-foreground", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                                                     f"--listen-address={RESOLVER}", "--bind-interfaces", "--user=root",
                                                     f"--host-record={NAME},{UPSTREAM}"))

    def _egress(self, build: Path) -> list[int]:
        directory = self.directory / "egress"
        for name in ("state", "audit-state"):
            (directory / name).mkdir(parents=True)
        roots = directory / "roots.crt"
        roots.write_text(certificates.Authority("Some root").pem)
        harness.RESOLVER4 = RESOLVER
        harness.SECRET = TOKEN
        self.gate = harness.FakeGate(directory / "gate", PROFILE.format(roots=self.authority.pem))
        self.fence = harness.FakeFence(directory / "fence")
        listener = harness.socket.socket(harness.socket.AF_UNIX, harness.socket.SOCK_SEQPACKET)
        listener.bind(str(directory / "audit"))
        listener.listen(8)
        auditor = os.fork()
        if auditor == 0:
            os.sched_setaffinity(0, PROXY_CORE)
            os.dup2(listener.fileno(), 3)
            program = str(build / "shield/audit/audit")
            os.execve(program, [program, str(directory / "audit-state")],
                      os.environ | {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()), "LISTEN_FDNAMES": "audit"})
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, PROXY_CORE)
        self.egress = harness.Egress(build / "shield/egress/egress", directory, roots)
        os.sched_setaffinity(0, before)
        self.egress.wait_ready()
        self.auditor = auditor
        shutil.copy(directory / "trust/ca-certificates.crt", self.directory / "trust.crt")
        return [self.egress.pid]

    def _ca(self) -> Path:
        pem = self.directory / "ca.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=Peer CA",
            "-keyout", str(self.directory / "ca.key"), "-out", str(self.directory / "ca.crt"), stderr=subprocess.DEVNULL)
        pem.write_text((self.directory / "ca.crt").read_text() + (self.directory / "ca.key").read_text())
        return pem

    def _squid(self) -> list[int]:
        ca, directory = self._ca(), self.directory / "squid"
        directory.mkdir()
        database = directory / "db"
        run("/usr/lib/squid/security_file_certgen", "-c", "-s", str(database), "-M", "4MB", stdout=subprocess.DEVNULL)
        conf = directory / "squid.conf"
        conf.write_text(f"""
http_port 127.0.0.1:3128
https_port 15002 intercept ssl-bump tls-cert={ca} generate-host-certificates=on dynamic_cert_mem_cache_size=4MB
sslcrtd_program /usr/lib/squid/security_file_certgen -s {database} -M 4MB
sslcrtd_children 1
tls_outgoing_options cafile={self.directory}/upstream-ca.pem
acl step1 at_step SslBump1
ssl_bump peek step1
ssl_bump bump all
http_access allow all
cache deny all
access_log stdio:{directory}/access.log
buffered_logs on
cache_log {directory}/cache.log
cache_store_log none
pid_filename {directory}/squid.pid
coredump_dir {directory}
dns_nameservers {RESOLVER}
request_header_access Authorization deny all
request_header_add Authorization "Bearer {TOKEN}" all
max_filedescriptors 4096
pinger_enable off
netdb_filename none
cache_effective_user proxy
""")
        run("chown", "-R", "proxy", str(directory))
        (self.directory / "ca.key").chmod(0o644)
        ca.chmod(0o644)
        self.children.append(start(["squid", "-N", "-f", str(conf)], PROXY_CORE, directory / "out.log"))
        return [self.children[-1].pid]

    def _haproxy(self) -> list[int]:
        conf = self.directory / "haproxy.cfg"
        shutil.copy(self.directory / f"{NAME}.pem", self.directory / "haproxy.pem")
        with open(self.directory / "haproxy.pem", "a") as file:
            file.write((self.directory / f"{NAME}.key").read_text())
        conf.write_text(f"""
global
  nbthread 1
  log fd@1 local0
  maxconn 4096
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
frontend agent
  bind 0.0.0.0:15003 ssl crt {self.directory}/haproxy.pem generate-certificates ca-sign-file {self.directory}/ca.pem alpn http/1.1
  http-request set-header Authorization "Bearer {TOKEN}"
  default_backend upstream
backend upstream
  server one {UPSTREAM}:443 ssl verify required ca-file {self.directory}/upstream-ca.pem sni str({NAME}) verifyhost {NAME} alpn http/1.1
""")
        self.children.append(start(["haproxy", "-db", "-f", str(conf)], PROXY_CORE, self.directory / "haproxy.log"))
        return [self.children[-1].pid]

    def point(self, proxy: str) -> None:
        """The client's name for upstream: egress' synthetic address, or the real one."""
        self.spaces.redirect(self.proxies[proxy][0])
        hosts = self.directory / "etc/hosts"
        address = "" if proxy == "egress" else f"{UPSTREAM} {NAME}\n"
        hosts.write_text(f"127.0.0.1 localhost\n{address}")

    def in_client(self, *command: str) -> subprocess.CompletedProcess:
        environment = self.spaces.client.environment() | {"OPENSSL_CONF": str(self.directory / "openssl.cnf")}
        return subprocess.run(self.spaces.client.command("taskset", "-c", str(next(iter(LOAD_CORE))), *command), env=environment,
                              capture_output=True, text=True, check=False)

    def connections(self) -> int:
        """That upstream ever took."""
        page = subprocess.check_output(["curl", "-sS", f"http://{UPSTREAM}:8080/"], text=True)
        return int(page.splitlines()[2].split()[0])

    def logged(self, proxy: str) -> int:
        if proxy == "egress":
            return sum(path.read_bytes().count(b'"class_uid":4002') for path in (self.directory / "egress/audit-state").rglob("*") if path.is_file())
        return (self.directory / ("squid/access.log" if proxy == "squid" else "haproxy.log")).read_bytes().count(b"/v1/thing")

    def look(self, proxy: str) -> None:
        """All do the same work, or this ends."""
        self.point(proxy)
        end = self.in_client("python3", "-c", LOOK)
        expected = ["TLSv1.3", CIPHER, [200, 1024, True], [200, 1024, True]]
        if end.returncode != 0 or json.loads(end.stdout) != expected:
            raise SystemExit(f"proxy.py: {proxy} does not do the same work: {end.stdout}{end.stderr}")

    def once(self, proxy: str) -> tuple[float, float]:
        """Requests a second of CPU, and the auditor's part of that CPU."""
        self.point(proxy)
        pids, auditor = self.proxies[proxy][1], [self.auditor] if proxy == "egress" else []
        before, aside, pool, logged = cpu_seconds(pids), cpu_seconds(auditor), self.connections(), self.logged(proxy)
        load = self.in_client("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", f"https://{NAME}/v1/thing")
        time.sleep(0.5)
        used, aside = cpu_seconds(pids) - before, cpu_seconds(auditor) - aside
        found = re.search(r"(\d+) requests in", load.stdout)
        if not found or "Non-2xx" in load.stdout or int(found[1]) == 0:
            seen = self.in_client("curl", "-ksS", "-m", "5", f"https://{NAME}/v1/thing")
            raise SystemExit(f"proxy.py: {proxy} did not serve\n{load.stdout}{load.stderr}{seen.stdout[:500]}{seen.stderr}")
        requests = int(found[1])
        logged, pool = self.logged(proxy) - logged, self.connections() - pool - 1
        print(f"  {proxy:8} {requests:8} requests, {used:5.2f} s of CPU" + (f" and {aside:4.2f} s of the auditor's" if auditor else "") +
              f", {requests / (used + aside):8.0f} a second; {logged} logged, {pool} new upstream connections", flush=True)
        if logged < requests:
            raise SystemExit(f"proxy.py: {proxy} logged {logged} of {requests} requests")
        return requests / (used + aside), aside / (used + aside)

    def measure(self) -> dict[str, list[tuple[float, float]]]:
        for name in self.proxies:
            self.look(name)
            self.once(name)
        print("  (the first round warms caches and does not count)", flush=True)
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in self.proxies}
        for _ in range(ROUNDS):
            for name in self.proxies:
                results[name].append(self.once(name))
        return results

    def stop(self) -> None:
        os.kill(self.auditor, signal.SIGKILL)
        for child in self.children:
            child.kill()
        self.egress.stop()
        self.spaces.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped, too
    bench = Bench(Path(sys.argv[1]))
    try:
        results = bench.measure()
    finally:
        bench.stop()
    rates = {name: statistics.median(rate for rate, _ in values) for name, values in results.items()}
    for name, value in rates.items():
        print(f"{name}: {value:.0f} requests a second of CPU (median of {ROUNDS})")
    alone = statistics.median(rate / (1 - part) for rate, part in results["egress"])
    print(f"egress without the auditor's CPU: {alone:.0f}, {alone / rates['squid']:.2f} times squid, {alone / rates['haproxy']:.2f} times HAProxy")
    print(f"proxy-rps vs_squid={rates['egress'] / rates['squid']:.2f} vs_haproxy={rates['egress'] / rates['haproxy']:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
