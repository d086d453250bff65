"""clang-tidy over every source file; one that was clean is checked again only when it, a header of ours, the checks or the
compiler's command changed. The system's headers count by the tools tree's name."""

import concurrent.futures
import re
import subprocess
from pathlib import Path

from . import cache, console, programs, tools

# A test that crashes has failed, so nobody follows its paths; it may run a shell, take what its neighbours take, say 64 * 1024,
# and compare with "", which shows the text that it should have been.
IN_TESTS = ("-clang-analyzer-*,-bugprone-implicit-widening-of-multiplication-result,-bugprone-unchecked-optional-access,"
            "-cert-env33-c,-misc-const-correctness,-performance-unnecessary-value-param,-readability-container-size-empty")

STAMPS = cache.ROOT / "tidy"
LOG = console.LOGS / "tidy.log"


def _with_headers(source: Path) -> list[Path]:
    """The file and every header of ours that it includes, directly or not; they are named from the top."""
    seen, wait = {source}, [source]
    while wait:
        for name in re.findall(r'^#include "(.*)"', wait.pop().read_text(), re.M):
            header = cache.REPO / name
            if header.is_file() and header not in seen:
                seen.add(header)
                wait.append(header)
    return sorted(seen)


def _commands() -> dict[str, str]:
    """How the `tidy` preset would compile each file; clang infers the rest from these."""
    return {str(Path(entry["file"]).relative_to(tools.SOURCE)): entry["command"] for entry in programs.compile_commands("tidy")}


def _findings(source: str) -> str:
    checks = IN_TESTS if re.search(r"(_test|testing|/test_world)\.cpp$|^tests/", source) else ""
    command = tools.sandbox(["clang-tidy-19", "--quiet", f"--checks={checks}", "-p", tools.OBJECTS / "tidy", source], cwd=tools.SOURCE)
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return ended.stdout if ended.returncode != 0 else ""


def check(jobs: int = 2) -> None:
    sources = tools.tracked("*.cpp")
    commands = _commands()
    always: list[str | Path] = [IN_TESTS, *sorted(cache.REPO.glob("**/.clang-tidy")), tools.tree().parent.name]
    stamps = {s: STAMPS / cache.digest(*always, commands.get(s, ""), *_with_headers(cache.REPO / s)) for s in sources}
    left = [s for s in sources if not stamps[s].exists()]
    STAMPS.mkdir(parents=True, exist_ok=True)
    found: list[str] = []
    with console.step(f"clang-tidy, {len(left)} of {len(sources)} files changed", LOG), open(LOG, "w") as log, \
            concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for source, text in zip(left, pool.map(_findings, left)):
            print(f"{source}\n{text}", file=log, flush=True)
            if text:
                found.append(f"{source}\n{text}")
            else:
                stamps[source].touch()
    if found:
        raise console.StepFailed(f"clang-tidy: {len(found)} files\n{''.join(found)[:8000]}\nThe whole log: {LOG}")
