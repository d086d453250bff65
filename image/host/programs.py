"""Our own programs: one CMake project, built in the tools tree, installed into a tree that the image takes."""

import shutil
from pathlib import Path

from . import say, tools


def build(preset: str) -> Path:
    """Build every target of that preset; only what changed is compiled again. Returns the build directory."""
    command = f"cmake --preset {preset} && cmake --build --preset {preset}"
    say.run(f"programs ({preset})", tools.sandbox(["sh", "-c", command], cwd=tools.SOURCE), log_name=f"programs-{preset}")
    return tools.OBJECTS / preset


def install(preset: str) -> Path:
    """Tree with usr/lib/anchorhold and usr/bin, stripped, as the image takes it."""
    folder = build(preset)
    tree = tools.host_objects() / "install" / preset
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(parents=True)
    say.run(f"programs into place ({preset})",
            tools.sandbox(["env", f"DESTDIR={tree}", "cmake", "--install", folder, "--strip"]), log_name=f"install-{preset}")
    return tree
