"""The guest's kernel: Debian's linux-source-6.12 with kernel-config's fragments, built once for each set of their options."""

import re
from pathlib import Path

from . import cache, say, tools

CONFIG = cache.REPO / "kernel-config"


def option_lines() -> str:
    """What the fragments ask for and forbid, in one order: comments and the files' division rebuild nothing."""
    lines = [line.strip() for fragment in CONFIG.glob("*.config") for line in fragment.read_text().splitlines()]
    return "\n".join(sorted(line for line in lines if re.fullmatch(r"CONFIG_\w+=.*|# CONFIG_\w+ is not set", line)))


def build() -> Path:
    """Folder with bzImage, vmlinux, config and release."""
    source = tools.tree() / "usr/src/linux-source-6.12.tar.xz"

    def compile_into(into: Path) -> None:
        say.run("kernel (about 12 minutes on 2 cores)", tools.sandbox([CONFIG / "build", into]), log_name="kernel")

    return cache.make("kernel", cache.digest(option_lines(), CONFIG / "build", source), compile_into)
