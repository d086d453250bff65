"""Our own programs: one CMake project, built in the tools tree, installed into a tree that the image takes."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from . import cache, console, tools


def build(preset: str) -> Path:
    """Build every target of that preset; only what changed is compiled again. Returns the build directory."""
    with _alone(preset):
        return _compile(preset)


def compile_commands(preset: str) -> list[dict[str, str]]:
    """How that preset would compile each file, with paths as they are in the tools tree; nothing is compiled."""
    with _alone(preset):
        console.run(f"compile commands ({preset})", tools.sandbox(["cmake", "--preset", preset], cwd=tools.SOURCE),
                    log_name=f"programs-{preset}")
        return json.loads((tools.host_objects() / preset / "compile_commands.json").read_text())


@contextlib.contextmanager
def installed(preset: str) -> Iterator[Path]:
    """Tree with usr/lib/anchorhold and usr/bin, stripped, as the image takes it; no other run touches it meanwhile."""
    with _alone(preset):
        directory = _compile(preset)
        tree = tools.host_objects() / "install" / preset
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        console.run(f"programs into place ({preset})",
                tools.sandbox(["env", f"DESTDIR={tree}", "cmake", "--install", directory, "--strip"]), log_name=f"install-{preset}")
        yield tree


def _alone(preset: str) -> contextlib.AbstractContextManager[None]:
    """One run at a time in this checkout's directories of that preset."""
    return cache.locked(f"programs-{tools.host_objects().name}-{preset}")


def _compile(preset: str) -> Path:
    command = f"cmake --preset {preset} && cmake --build --preset {preset}"
    console.run(f"programs ({preset})", tools.sandbox(["sh", "-c", command], cwd=tools.SOURCE), log_name=f"programs-{preset}")
    return tools.OBJECTS / preset
