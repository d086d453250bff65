"""image/clangd-commands: write compile_commands.json at the top of the checkout, for an editor's clangd outside the tools tree.

The build names files as they stand in the tools tree (image/host/tools.py); here they get the places that they have on this
host, and the tools tree is the sysroot, since a host of another Debian lacks our libraries' headers. Run it again when a
file is new or the tools tree changed."""

import json
import shlex
import sys
from pathlib import Path

from image.host import cache, console, programs, tools

FILE = cache.REPO / "compile_commands.json"


def on_this_host(word: str, places: dict[str, str]) -> str:
    """A word of a command with each of `places` (path in the tools tree to path here), also behind an option such as -I."""
    for inside, here in places.items():
        for option in ("", "-I", "-isystem", "-iquote", "-include"):
            if word == option + inside or word.startswith(f"{option}{inside}/"):
                return option + here + word[len(option + inside):]
    return word


def rewritten(entry: dict[str, str], places: dict[str, str], sysroot: Path) -> dict[str, object]:
    """One entry of the tools tree's compile_commands.json, as clangd can use it here."""
    compiler, *words = [word for word in shlex.split(entry["command"]) if not word.endswith("/ccache")]
    return {"directory": on_this_host(entry["directory"], places), "file": on_this_host(entry["file"], places),
            "arguments": [on_this_host(compiler, places), f"--sysroot={sysroot}", *(on_this_host(word, places) for word in words)]}


def main() -> int:
    if len(sys.argv) > 1:
        print(__doc__)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    try:
        tools.check_host()
        places = {str(tools.SOURCE): str(cache.REPO), str(tools.OBJECTS): str(tools.host_objects()), "/usr": f"{tools.tree()}/usr"}
        entries = [rewritten(entry, places, tools.tree()) for entry in programs.compile_commands("tidy")]
    except console.StepFailed as error:
        print(f"image/clangd-commands: {error}", file=sys.stderr)
        return 1
    FILE.write_text(json.dumps(entries, indent=1) + "\n")
    print(f"{FILE}: {len(entries)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
