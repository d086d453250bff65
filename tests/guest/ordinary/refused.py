"""What this house refuses by design, and how the agent is told: plain Debian does these, or has these."""

from .row import Row, python

HERE = "this house alone refuses it"

REFUSED = [
    Row("unshare", "unshare -Ur true", "Operation not permitted", exit=1, lacks=HERE),
    Row("bind-mount", "mount --bind /tmp /mnt", "(must be superuser|permission denied|not permitted)", exit=32, lacks=HERE),
    *(Row(f"{name}-is-absent", name, "command not found", exit=127, lacks=HERE) for name in ("sudo", "ping", "docker", "apt-get", "perf", "crontab")),
    Row("system-is-read-only", "echo x >/usr/bin/x", "Read-only file system", exit=1, lacks=HERE),
    Row("settings-are-read-only", "echo x >/etc/x", "Read-only file system", exit=1, lacks=HERE),
    Row("kernel-log", "dmesg", "Operation not permitted", exit=1, lacks=HERE),
    Row("no-core-file", "ulimit -Sc unlimited; sh -c 'kill -SEGV $$'; echo $?; ls", r"Segmentation fault(.|\n)*^139$(?!(.|\n)*core)", lacks=HERE),
    Row("socket-list", "ss -ltn", "(?i)netlink", lacks=HERE),
    Row("raw-socket", python("import socket\ntry: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)\nexcept OSError as e: print(e.strerror)"), "^(Operation not permitted|Protocol not supported)$", lacks=HERE),
    Row("packet-socket", python("import socket\ntry: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\nexcept OSError as e: print(e.strerror)"), "^Address family not supported", lacks=HERE),
    # Plain Debian runs it. Here a program needs a name in the view of files.
    Row("program-without-a-name", python("import os\nf = os.memfd_create('m'); os.write(f, open('/bin/true', 'rb').read())\n"
                                         "try: os.execv(f'/proc/self/fd/{f}', ['true'])\nexcept OSError as e: print(e.strerror)"), "^Permission denied$", lacks=HERE),
    Row("unlisted-host", "curl -sS https://unlisted.test/", "anchorhold: .*unlisted.test", lacks=HERE),
    # A name that nobody lists has the address where the refusal is told: a tool shows the reason, not "no such host".
    Row("a-name-that-is-not", "getent hosts no-such-name.invalid", "^fd61:6e63:686f:1::5 ", lacks=HERE),
    Row("unlisted-path", "curl -sS https://api.demo.test/admin", "anchorhold: .*profile demo", lacks=HERE),
    Row("hold-why", "hold why https://unlisted.test/", "unlisted.test", exit=1, lacks=HERE),
]
