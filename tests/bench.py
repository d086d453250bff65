"""tests/bench NAME: compare two things in one run; the last line is `NAME ratio=R …`. tests/bench lists the names."""

import subprocess
import sys
from pathlib import Path

from image.host import cache, console, disk, programs, tools

DIRECTORY = cache.ROOT / "bench"


def boot() -> list[str | Path]:
    config = cache.REPO / "tests/benchmarks/systemd-peer"

    def build(into: Path) -> None:
        tools.mkosi("systemd's image", "image", [f"--tools-tree={tools.tree()}", f"--output-directory={into}", "--force", "build"],
                    log_name="peer", cwd=config)

    peer = cache.make("peer", cache.digest(config), build, keep=1)
    return ["python3", "tests/benchmarks/boot.py", disk.build(), peer, DIRECTORY / "boot", "5"]


def memory() -> list[str | Path]:
    return ["python3", "tests/benchmarks/memory.py", disk.build("controls"), DIRECTORY / "memory"]


def proxy() -> list[str | Path]:
    return ["python3", "tests/benchmarks/proxy.py", programs.build("release")]


def reuse() -> list[str | Path]:
    return ["python3", "tests/benchmarks/reuse.py", programs.build("release")]


def program(name: str):
    return lambda: [programs.build("release") / "tests/benchmarks" / name]


# name: (what is compared, how)
BENCHMARKS = {
    "boot": ("PID 1 start → READY, against Debian's systemd and sshd to multi-user on the same kernel", boot),
    "memory": ("memory of PID 1 and all shield processes, idle, against the aim of 48 MiB", memory),
    "proxy-rps": ("requests per second of proxy CPU, against squid with ssl-bump and HAProxy", proxy),
    "reuse": ("egress' CPU for a request with a body, on a connection of its own against one that is used again", reuse),
    "cell": ("make a clean cell, run true, tear it down, against bubblewrap", program("bench-cell")),
    "decide": ("one decision among 10,000 rules against one among 10", program("bench-decide")),
    "scrub": ("gigabits of answers searched in a second of CPU, for 1, 10 and 100 secrets", program("bench-scrub")),
    "http1": ("parse and write a request, against llhttp", program("bench-http1")),
}


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in BENCHMARKS:
        print(__doc__, *[f"  {name:10} {what}" for name, (what, _) in BENCHMARKS.items()], sep="\n")
        return 2
    try:
        tools.check_host()
        DIRECTORY.mkdir(parents=True, exist_ok=True)
        command = BENCHMARKS[sys.argv[1]][1]()
        return subprocess.run(tools.sandbox(command, devices=True), check=False).returncode
    except console.StepFailed as error:
        print(f"tests/bench: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
