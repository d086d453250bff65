"""tests/run: set up, build and run everything. tests/run NAME... runs only the CTest tests whose name matches one of them.

  tests/run                     format, kernel options against every source that the mirrors offer, fuzzers, unit tests (ASan,
                                UBSan), browser, guest, attacks, deaths of guards, bad boots, and the worlds in which guards are
                                off and attacks must win
  tests/run guest unit          kinds: unit, fuzz, programs, guest, deaths, controls, boot; or any part of a CTest name
  tests/run --tidy              clang-tidy over every source file first (minutes)
"""

import contextlib
import re
import subprocess
import sys

from image.host import cache, clang_tidy, console, disk, programs, tools
from image.vm import instance_lock

# How the names of a kind's tests begin; a name that is no kind is itself what is looked for.
KINDS = {"unit": r"^[a-z-]+-test: |^egress\.|^image\.", "fuzz": "^fuzz-", "programs": r"^programs\.", "guest": r"^guest\.",
         "deaths": r"^deaths\.", "controls": "^controls-", "boot": r"^boot\."}
BOOTS_GUESTS = "|".join(KINDS[kind] for kind in ("guest", "deaths", "controls", "boot"))


def check_format() -> None:
    console.run("clang-format", tools.sandbox(["clang-format-19", "--dry-run", "--Werror", *tools.tracked("*.cpp", "*.hpp")], cwd=tools.SOURCE),
            log_name="format")


@contextlib.contextmanager
def kernel_options_meanwhile(verdict: list[bool]):
    """kernel-config/check beside the rest, for it mostly waits for mirrors and disks; what it says comes at the end."""
    log = console.LOGS / "kernel-check.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "wb") as out:
        child = subprocess.Popen(["nice", "-n", "5", cache.REPO / "kernel-config/check"], stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.STDOUT)
    try:
        yield
        with console.step("kernel options against every source that the mirrors offer", log):
            child.wait()
    finally:
        child.terminate()
        child.wait()
    # Not the steps with their times, but what was tried and what does not fit.
    for line in re.findall(r"^(?: {2}linux-source.*fit.*| {4}\S.*| {2}kernel options: .*|kernel-config/check: .*)$", log.read_text(errors="replace"), re.M):
        console.line(line)
    verdict.append(child.returncode == 0)


def ctest(preset: str, *options: str, environment: dict[str, str] | None = None) -> list[str]:
    given = [f"{k}={v}" for k, v in (environment or {}).items()]
    return tools.sandbox(["env", *given, "ctest", "--test-dir", tools.OBJECTS / preset, *options], devices=True)


def choose(preset: str, names: list[str]) -> tuple[str, list[str]]:
    """The pattern for what was asked, all if nothing was, and the tests that it means."""
    listed = subprocess.run(ctest(preset, "-N"), stdout=subprocess.PIPE, text=True, check=False).stdout
    tests = re.findall(r"^ *Test +#\d+: (.*)$", listed, re.M)
    for name in names:
        if not any(re.search(KINDS.get(name, name), test) for test in tests):
            known = " ".join(test for test in tests if " " not in test)
            raise console.StepFailed(f"no test's name has {name!r} in it.\nKinds: {' '.join(KINDS)}\nTests: {known}\n"
                                 f"and the unit tests, each a sentence: image/in-tools ctest --test-dir {tools.OBJECTS / preset} -N")
    pattern = "|".join(KINDS.get(name, name) for name in names) or "."
    return pattern, [test for test in tests if re.search(pattern, test)]


@contextlib.contextmanager
def guests_alone():
    """One run has guests at a time; a world still kept at its end is what an interrupt has left."""
    with cache.locked("guests"):
        try:
            yield
        finally:
            for world in (cache.ROOT / "worlds").glob("*"):
                instance_lock.stop(world, 20)


def run(preset: str, names: list[str]) -> bool:
    programs.build(preset)
    pattern, tests = choose(preset, names)
    boots = any(re.search(BOOTS_GUESTS, test) for test in tests)
    with guests_alone() if boots else contextlib.nullcontext():
        images = {"ANCHORHOLD_IMAGE": str(disk.build("release")), "ANCHORHOLD_CONTROLS_IMAGE": str(disk.build("controls"))} if boots else {}
        command = ctest(preset, "--output-on-failure", "--no-tests=error", "-j", "2", "-R", pattern, environment=images)
        return subprocess.run(command, check=False).returncode == 0


def main() -> int:
    arguments = sys.argv[1:]
    chosen = [a for a in arguments if not a.startswith("-")]
    if any(a in ("-h", "--help") for a in arguments):
        print(__doc__)
        return 0
    try:
        tools.check_host()
        check_format()
        if "--tidy" in arguments:
            clang_tidy.check()
        fuzzers = [name for name in chosen if name.startswith("fuzz")]
        others = [name for name in chosen if name not in fuzzers]
        good: list[bool] = []
        with kernel_options_meanwhile(good) if not chosen else contextlib.nullcontext():
            if fuzzers or not chosen:
                good.append(run("fuzz", fuzzers))
            if others or not chosen:
                good.append(run("asan", others))
        return 0 if all(good) else 1
    except console.StepFailed as error:
        print(f"tests/run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
