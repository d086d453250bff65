"""The guest's kernel: Debian's linux-source-6.12 with kernel-config's fragments, built once for each configuration."""

import functools
from collections.abc import Sequence
from pathlib import Path

from . import cache, console, debian, tools

CONFIG = cache.REPO / "kernel-config"
SERIES = "6.12"
# Where a source of that series may come from, and suites whose kernel will be ours one day.
SUITES = (*debian.SUITES, "trixie-backports", "bookworm-backports", *debian.LATER_SUITES)
SECURITY_SUITES = (*debian.SECURITY_SUITES, "bookworm-security")
# All that kconfig reads of a source.
KCONFIG = ("*/Kconfig*", "*/Kbuild", "*/Makefile", "*/scripts", "*/arch/x86/Makefile*", "*/arch/x86/*.sh")


def fragments() -> list[Path]:
    return sorted(CONFIG.glob("*.config"))


def _unpack(tarball: Path, into: Path) -> None:
    console.run(f"Kconfig files of {into.name.strip('.').removesuffix('.new')}",
            tools.sandbox(["tar", "-C", into, "--strip-components=1", "--wildcards", "-I", "xz -T0", "-xf", tarball, *KCONFIG]),
            log_name="kconfig")


def kconfig_tree(tarball: Path) -> Path:
    """What kconfig needs of a source tarball."""
    return cache.make("kconfig", cache.file_hash(tarball)[:20], lambda into: _unpack(tarball, into), keep=16)


def offered_tree(package: debian.Package) -> Path:
    """The same of a package that a mirror offers."""

    def build(into: Path) -> None:
        deb = debian.fetch(package, into)
        console.run(f"{package.name} {package.version} ({package.suite})",
                tools.sandbox(["sh", "-c", 'cd "$1" && dpkg-deb --fsys-tarfile "$2" | tar -x --wildcards "*/linux-source-*.tar.xz" '
                               '&& mv usr/src/*.tar.xz source.tar.xz && rm -r usr "$2"', "sh", into, deb]), log_name="kconfig")
        _unpack(into / "source.tar.xz", into)
        (into / "source.tar.xz").unlink()

    return cache.make("kconfig", package.sha256[:20], build, keep=16)


def configure(tree: Path, into: Path) -> Sequence[str]:
    """The command that writes the configuration for a source, and what that source does not know of it."""
    return tools.sandbox([CONFIG / "configure", tree, into, *fragments()])


@functools.cache
def configured() -> Path:
    """Directory with `config` and `unknown` for the tools tree's source."""
    tree = kconfig_tree(_source())
    key = cache.digest(*fragments(), CONFIG / "configure", CONFIG / "fragments.py", tree.name)
    return cache.make("kernel-options", key, lambda into: console.run("kernel options", configure(tree, into), log_name="kernel-options"))


def unknown() -> str:
    """The options that this kernel's source does not know, one a line; said at each build, and by init's report."""
    text = (configured() / "unknown").read_text()
    if text:
        console.line(f"  WARNING: this kernel's source does not know {'; '.join(text.splitlines())}: built without, see kernel-config/README.md")
    return text


def _source() -> Path:
    return tools.tree() / f"usr/src/linux-source-{SERIES}.tar.xz"


def build() -> Path:
    """Directory with bzImage, vmlinux, config and release."""
    config = configured() / "config"

    def compile_into(into: Path) -> None:
        console.run("kernel (about 12 minutes on 2 cores)", tools.sandbox([CONFIG / "build", config, _source(), into]), log_name="kernel")

    return cache.make("kernel", cache.digest(config.read_bytes().decode(), CONFIG / "build", _source()), compile_into)
