"""Sockets on the machine itself, own servers, and listed hosts."""

from .row import Row, node, python

NODE = "nodejs is not in the tools tree"
LISTED = "a listed host of the closed internet"
SSHD = "openssh-server is not in the tools tree"
WGET = "wget is not in the tools tree"

# The agent's own sshd on a port of its own, at $port; `own` is a client's options for it.
OWN_SSHD = ("port=$((20000 + $$ % 20000)); ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ed25519 -N '' -f key; cp key.pub allowed; "
            "/usr/sbin/sshd -D -e -f /dev/null -p $port -o HostKey=$PWD/host -o PidFile=none -o StrictModes=no -o AuthorizedKeysFile=$PWD/allowed "
            "-o UsePAM=no -o Subsystem='sftp internal-sftp' 2>sshd.log & sshd=$!; trap 'kill $sshd' EXIT; until grep -q listening sshd.log; do kill -0 $sshd || exit 9; sleep .1; done; "
            "own=\"-F /dev/null -i key -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR\"; ")
WEB = ("echo served >page; python3 -u -m http.server --bind 127.0.0.1 0 >web.log 2>&1 & web=$!; until grep -q 'port [0-9]' web.log; do sleep .1; done; "
       "at=$(grep -o 'port [0-9]*' web.log | grep -o '[0-9]*' | head -1); ")


def _pair(family: str, kind: str, address: str) -> str:
    """Seven bytes from one socket to another."""
    connection = "d = s" if kind == "SOCK_DGRAM" else "d, _ = s.accept()"
    listen = "pass" if kind == "SOCK_DGRAM" else "s.listen(1)"
    return python(f"""
import socket
s = socket.socket(socket.{family}, socket.{kind}); s.bind({address}); {listen}
c = socket.socket(socket.{family}, socket.{kind}); c.connect(s.getsockname()); c.send(b"through"); {connection}; print(d.recv(7).decode())
""")


ROWS = [
    Row("unix-stream", _pair("AF_UNIX", "SOCK_STREAM", '"s"'), "^through$"),
    Row("unix-datagram", _pair("AF_UNIX", "SOCK_DGRAM", '"s"'), "^through$"),
    Row("unix-seqpacket", _pair("AF_UNIX", "SOCK_SEQPACKET", '"s"'), "^through$"),
    Row("unix-abstract", _pair("AF_UNIX", "SOCK_STREAM", '"\\0own-" + str(__import__("os").getpid())'), "^through$"),
    Row("tcp4", _pair("AF_INET", "SOCK_STREAM", '("127.0.0.1", 0)'), "^through$"),
    Row("tcp6", _pair("AF_INET6", "SOCK_STREAM", '("::1", 0)'), "^through$"),
    Row("udp4", _pair("AF_INET", "SOCK_DGRAM", '("127.0.0.1", 0)'), "^through$"),
    Row("udp6", _pair("AF_INET6", "SOCK_DGRAM", '("::1", 0)'), "^through$"),
    Row("whole-loopback-net", _pair("AF_INET", "SOCK_STREAM", '("127.9.8.7", 0)'), "^through$"),
    Row("descriptor-passed", python("""
import os, socket
a, b = socket.socketpair(); socket.send_fds(a, [b"x"], [os.open("/etc/passwd", 0)]); print(len(socket.recv_fds(b, 1, 1)[1]))
"""), "^1$"),
    Row("peer-credentials", python("import os, socket, struct\na, b = socket.socketpair(); print(struct.unpack('3i', a.getsockopt(1, 17, 12))[1] == os.getuid())"), "^True$"),
    Row("bind-every-address", python("import socket\ns = socket.create_server(('', 0)); t = socket.create_server(('::', 0), family=socket.AF_INET6, dualstack_ipv6=True); print(s.getsockname()[1] > 0)"), "^True$"),
    Row("low-ports-are-roots", python("import socket\ntry: socket.socket().bind(('127.0.0.1', 80))\nexcept OSError as e: print(e.strerror)"), "^Permission denied$", lacks="it is run in the host's namespace of networks, whose setting may differ"),
    Row("http-server", WEB + "curl -sS http://127.0.0.1:$at/page; kill $web", "^served$"),
    Row("http-server-by-localhost", WEB + "curl -sS http://localhost:$at/page; kill $web", "^served$"),
    Row("node-server", node("const s = require('http').createServer((_, r) => r.end('served')).listen(0, '127.0.0.1', async () => {"
                            "console.log(await (await fetch(`http://127.0.0.1:${s.address().port}`)).text()); s.close(); s.closeAllConnections() })"), "^served$", lacks=NODE),
    Row("socat", "socat -u UNIX-LISTEN:s STDOUT & until [ -S s ]; do sleep .1; done; echo x | socat -u STDIN UNIX-CONNECT:s; wait", "^x$"),
    Row("localhost", "getent ahosts localhost | grep -c '127.0.0.1\\|::1'", "^[1-9]"),
    Row("interfaces", "ip -br addr show lo", "127.0.0.1/8"),
    Row("own-name-resolves", "getent ahostsv4 \"$(hostname)\" | head -1", r"^127\.", lacks="the host's name is not in the tools tree's /etc/hosts"),
    Row("own-name-can-be-bound", python("import socket; s = socket.socket(); s.bind((socket.gethostname(), 0)); print(s.getsockname()[0])"), r"^127\.",
        lacks="the host's name is not in the tools tree's /etc/hosts"),
    Row("a-dead-port-refuses", "curl -sS http://127.0.0.1:1/", "(?i)connect", exit=7),
    # ssh to an own server.
    Row("own-sshd", OWN_SSHD + "ssh $own -p $port 127.0.0.1 echo there", "^there$", lacks=SSHD),
    Row("ssh-local-forward", OWN_SSHD + WEB + "ssh $own -p $port -N -L $PWD/f:127.0.0.1:$at 127.0.0.1 & f=$!; until [ -S f ]; do sleep .1; done; curl -sS --unix-socket f http://x/page; kill $f $web", "^served$", lacks=SSHD),
    Row("ssh-remote-forward", OWN_SSHD + WEB + "ssh $own -p $port -N -R $PWD/f:127.0.0.1:$at 127.0.0.1 & f=$!; until [ -S f ]; do sleep .1; done; curl -sS --unix-socket f http://x/page; kill $f $web", "^served$", lacks=SSHD),
    Row("sftp", OWN_SSHD + "echo x >a; printf \"put a $PWD/b\\nget $PWD/b c\\n\" | sftp -q -b - $own -P $port 127.0.0.1 >/dev/null; cat c", "^x$", lacks=SSHD),
    Row("scp", OWN_SSHD + "echo x >a; scp -q $own -P $port a 127.0.0.1:$PWD/b; cat b", "^x$", lacks=SSHD),
    Row("rsync-over-ssh", OWN_SSHD + "echo x >a; rsync -e \"ssh $own -p $port\" a 127.0.0.1:$PWD/b; cat b", "^x$", lacks=SSHD),
    Row("git-over-own-ssh", OWN_SSHD + "git init -q --bare o; GIT_SSH_COMMAND=\"ssh $own -p $port\" git ls-remote ssh://127.0.0.1$PWD/o; echo $?", "^0$", lacks=SSHD),
    # A listed host.
    Row("names-of-listed-hosts", "getent hosts api.demo.test; getent ahostsv4 api.demo.test | head -1", r"(?s)api.demo.test.*198\.1[89]\.", lacks=LISTED),
    Row("curl", "curl -sSf https://api.demo.test/v1/x", "host=api.demo.test", lacks=LISTED),
    Row("curl-http-1.0", "curl -sSf -0 https://api.demo.test/v1/x", "host=api.demo.test", lacks=LISTED),
    Row("curl-head", "curl -sSfI https://api.demo.test/v1/x", "200 OK", lacks=LISTED),
    Row("curl-chunked-upload", "seq 20000 | curl -sSf -T - -X POST https://api.demo.test/v1/reports/x", "method=POST", lacks=LISTED),
    Row("curl-form", "echo x >f; curl -sSf -F a=b -F f=@f https://api.demo.test/v1/reports/x", "method=POST", lacks=LISTED),
    Row("curl-six-at-once", "curl -sSf -Z --parallel-immediate https://api.demo.test/v1/[1-6]", r"(?s)/v1/.*/v1/.*/v1/.*/v1/.*/v1/.*/v1/", lacks=LISTED, seconds=300),
    Row("wget", "wget -q -O - https://api.demo.test/v1/x", "host=api.demo.test", lacks=LISTED),
    Row("wget-own-server", WEB + "wget -q -O - http://127.0.0.1:$at/page; kill $web", "^served$", lacks=WGET),
    Row("urllib", python("import urllib.request as u; print(u.urlopen('https://api.demo.test/v1/x').read().decode())"), "host=api.demo.test", lacks=LISTED),
    Row("node-fetch", node("fetch('https://api.demo.test/v1/x').then(r => r.text()).then(console.log)"), "host=api.demo.test", lacks=LISTED, seconds=240),
    Row("openssl-client", "openssl s_client -connect api.demo.test:443 -servername api.demo.test -verify_return_error </dev/null 2>&1 | grep 'Verify return'", r"Verify return code: 0", lacks=LISTED),
    Row("git-clone", "git clone -q https://git.demo.test/acme/app && git -C app log --oneline", "first", lacks=LISTED, seconds=240),
    Row("git-clone-shallow", "git clone -q --depth 1 https://git.demo.test/acme/app && git -C app rev-list --count HEAD", "^[1-9]", lacks=LISTED, seconds=240),
]
