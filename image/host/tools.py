"""mkosi and the tools tree: the one trixie userland in which everything is built, booted and tested.

The host needs only python3, apt and user namespaces (or root). mkosi comes as trixie's package from the mirror
that the host's own apt sources name; it is unpacked into the cache, the host's package database stays as it was.
"""

import functools
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import cache, console, debian, lock

# In the sandbox every checkout stands at the same place, so that ccache knows a file again and no path of a person's
# machine gets into the bytes.
# CMake's presets build in `build/PRESET` below ANCHORHOLD_BUILD_PARENT, and of the checkout where that is not set.
SOURCE, OBJECTS = Path("/anchorhold/source"), Path("/anchorhold/build")
# A socket's path has 107 bytes, and below the cache the longest is worlds/controls-passkey/ssh.0123456789abcdef.
LONGEST_ROOT = 107 - 45
NEEDED = {"apt-get": "apt", "dpkg-deb": "dpkg", "unshare": "util-linux", "git": "git", "ssh": "openssh-client"}


def check_host() -> None:
    """Say what the host lacks, then install it; sudo only when not root."""
    if len(os.fsencode(cache.ROOT)) > LONGEST_ROOT:
        raise console.StepFailed(f"{cache.ROOT}: too long, sockets are made below it; "
                             f"set ANCHORHOLD_CACHE to a directory whose path has at most {LONGEST_ROOT} bytes.")
    lacking = sorted({package for program, package in NEEDED.items() if not shutil.which(program)})
    if not debian.KEYRING.exists():
        lacking.append("debian-archive-keyring")
    if not lacking:
        return
    console.line(f"This host lacks {', '.join(lacking)}; installing with apt.")
    install = ["apt-get", "-qy", "--no-install-recommends", "install", *lacking]
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    if sudo and not shutil.which("sudo"):
        raise console.StepFailed(f"not root, and no sudo; as root run: {' '.join(install)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "-q", "update"], install):
        if subprocess.run([*sudo, *command], check=False, env=env).returncode != 0:
            raise console.StepFailed(f"{' '.join(command)} failed, see above; mend that and run again.")


def tracked(*patterns: str) -> list[str]:
    """The files of the repository with these names."""
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=cache.REPO, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        raise console.StepFailed(f"git ls-files in {cache.REPO}: {listed.stderr.strip()}\nThe tests need a git checkout.")
    return listed.stdout.split()


def sandbox_tree(section: str) -> Path:
    """What mkosi's apt reads: the mirrors, and the locked versions of that section of image/lock.json."""
    source, preferences = debian.sources(), lock.preferences(section)

    def build(into: Path) -> None:
        for name, text in (("sources.list.d/mkosi.sources", source), ("preferences.d/lock.pref", preferences)):
            path = into / "etc/apt" / name
            path.parent.mkdir(parents=True)
            path.write_text(text)

    return cache.make("sandbox-tree", cache.digest(source, preferences), build, keep=6)


def mkosi_path() -> Path:
    """Directory with the python package of trixie's mkosi (25.3 or later): the locked one while a mirror has it."""
    version, expected = lock.read("mkosi").get("mkosi", ("", ""))

    def build(into: Path) -> None:
        offered = debian.index().get("mkosi", [])
        if not offered:
            raise console.StepFailed(f"no mirror of this machine's apt sources has mkosi in {debian.RELEASE}.")
        package = next((p for p in offered if p.version == version), None) or debian.newest(offered)
        if package.version == version and package.sha256 != expected:
            raise console.StepFailed(f"mkosi {version}: the mirrors' index names another file than image/lock.json; do not build from it.")
        path = debian.fetch(package, into)
        subprocess.run(["dpkg-deb", "-x", str(path), str(into / "root")], check=True)
        (into / "version").write_text(package.version)

    directory = cache.make("mkosi", cache.digest(debian.RELEASE, debian.mirror(), version, "2"), build)
    return directory / "root/usr/lib/python3/dist-packages"


def _workspace() -> Path:
    """Where mkosi lays out its trees: tens of thousands of small files, so in memory where there is plenty."""
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(lines["MemAvailable"].split()[0]) // 1024
    room = shutil.disk_usage("/dev/shm").free >> 20
    return Path(f"/dev/shm/anchorhold-{os.getuid()}") if min(available, room) > 6144 else cache.ROOT / "workspace"


def mkosi(text: str, section: str, arguments: Sequence[str | Path], *, log_name: str, cwd: Path) -> None:
    """Run mkosi with the locked versions of that section."""
    workspace = _workspace()
    packages = cache.ROOT / "packages"
    for directory in (workspace, packages):
        directory.mkdir(parents=True, exist_ok=True)
    console.run(
        text,
        ["/usr/bin/python3", "-m", "mkosi", f"--sandbox-tree={sandbox_tree(section)}", f"--workspace-directory={workspace}",
         f"--package-cache-dir={packages}", *arguments],
        log_name=log_name, cwd=cwd, env={**os.environ, "PYTHONPATH": str(mkosi_path())},
    )
    lock.check_files(section, packages / "cache/apt/archives")


@functools.cache
def tree() -> Path:
    """The tools tree, built when its package list or its locked versions change."""
    config = cache.REPO / "image/tools"

    def build(into: Path) -> None:
        mkosi("tools tree (compilers, qemu, browser)", "tools", [f"--output-directory={into}", "--force", "build"],
              log_name="tools", cwd=config)
        (into / "moved").write_text("\n".join(lock.moved("tools", lock.installed(into / "tools/var/lib/dpkg/status"))))

    directory = cache.make("tools", cache.digest(config, debian.sources(), lock.preferences("tools")), build, keep=3)
    lock.say_moved("tools tree", (directory / "moved").read_text().splitlines())
    return directory / "tools"


def host_objects() -> Path:
    """Where this checkout's OBJECTS are on the host."""
    directory = cache.ROOT / "build" / cache.digest(str(cache.REPO))[:8]
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def sandbox(command: Sequence[str | Path], *, devices: bool = False, cwd: Path | None = None) -> list[str]:
    """The command line that runs `command` with the tools tree as its system and the repository and cache in place.

    devices: also the host's /dev, for qemu (kvm, net/tun).
    """
    root = tree()
    binds: list[str] = []
    for name in ("bin", "sbin", "lib", "lib64"):
        binds += ["--symlink", f"usr/{name}", f"/{name}"]
    dev = ["--bind", "/dev", "/dev"] if devices else ["--dev", "/dev"]
    become = [] if os.geteuid() == 0 else ["--become-root"]
    cache.ROOT.mkdir(parents=True, exist_ok=True)
    return [
        "/usr/bin/python3", str(mkosi_path() / "mkosi/sandbox.py"),
        "--ro-bind", f"{root}/usr", "/usr", *binds, "--ro-bind", f"{root}/etc", "/etc",
        "--proc", "/proc", *dev, "--bind", "/sys", "/sys", "--tmpfs", "/run", "--tmpfs", "/var", "--bind", "/tmp", "/tmp",
        "--dir", "/root", "--dir", "/var/tmp", "--bind", str(cache.ROOT), str(cache.ROOT),
        "--bind", str(cache.REPO), str(cache.REPO), "--bind", str(cache.REPO), str(SOURCE), "--bind", str(host_objects()), str(OBJECTS),
        "--setenv", "ANCHORHOLD_BUILD", str(OBJECTS), "--setenv", "ANCHORHOLD_BUILD_PARENT", f"{OBJECTS.parent}/",
        "--setenv", "CCACHE_DIR", str(cache.ROOT / "ccache"), "--setenv", "CCACHE_MAXSIZE", "4G",
        "--setenv", "CMAKE_CXX_COMPILER_LAUNCHER", "ccache",
        "--setenv", "PYTHONPATH", str(SOURCE), "--setenv", "HOME", "/root", "--setenv", "LC_ALL", "C.UTF-8",
        "--setenv", "PATH", "/usr/sbin:/usr/bin", "--setenv", "ANCHORHOLD_CACHE", str(cache.ROOT),
        "--chdir", str(cwd or cache.REPO), *become, "--", *[str(c) for c in command],
    ]
