"""The guest's kernel: Debian's linux-source-6.12 with kernel-config's fragments, built once for each set of them."""

from pathlib import Path

from . import cache, say, tools


def build() -> Path:
    """Folder with bzImage, vmlinux, config and release."""
    config = cache.REPO / "kernel-config"
    source = tools.tree() / "usr/src/linux-source-6.12.tar.xz"

    def compile_into(into: Path) -> None:
        say.run("kernel (about 12 minutes on 2 cores)", tools.sandbox([config / "build", into]), log_name="kernel")

    return cache.make("kernel", cache.digest(config, source), compile_into)
