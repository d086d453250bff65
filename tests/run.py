"""tests/run: set up, build and run everything. tests/run NAME... runs only the CTest tests whose name matches one of them.

  tests/run                     format, fuzzers, unit tests (ASan, UBSan), browser, guest, attacks, deaths of guards, bad boots,
                                and the worlds in which guards are off and attacks must win
  tests/run guest               one kind: unit, fuzz, programs, guest, deaths, controls, boot; or any part of a CTest name
  tests/run --tidy              clang-tidy over every source file first (minutes)
"""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from image.host import cache, disk, programs, say, tidy, tools  # noqa: E402


def check_format() -> None:
    files = subprocess.check_output(["git", "ls-files", "*.cpp", "*.hpp"], cwd=cache.REPO, text=True).split()
    say.run("clang-format", tools.sandbox(["clang-format-19", "--dry-run", "--Werror", *files], cwd=tools.SOURCE), log_name="format")


def ctest(preset: str, tests: list[str], environment: dict[str, str]) -> bool:
    given = [f"{k}={v}" for k, v in environment.items()]
    command = tools.sandbox(["env", *given, "ctest", "--test-dir", tools.OBJECTS / preset, "--output-on-failure", "-j", "2", *tests],
                            devices=True)
    return subprocess.run(command, check=False).returncode == 0


def choice(names: list[str]) -> list[str]:
    if names == ["unit"]:
        return ["-E", "^(programs|guest|deaths|controls|boot)"]
    return ["-R", "|".join(names)] if names else []


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
            tidy.check()
        fuzzers = [name for name in chosen if name.startswith("fuzz")]
        others = [name for name in chosen if name not in fuzzers]
        good = True
        if fuzzers or not chosen:
            programs.build("fuzz")
            good = ctest("fuzz", choice(fuzzers), {})
        if others or not chosen:
            environment: dict[str, str] = {}
            if not chosen or any(name.startswith(("guest", "deaths", "controls", "boot")) for name in others):
                environment["ANCHORHOLD_IMAGE"] = str(disk.build("release"))
                environment["ANCHORHOLD_CONTROLS_IMAGE"] = str(disk.build("controls"))
            programs.build("asan")
            good = ctest("asan", choice(others), environment) and good
        return 0 if good else 1
    except say.StepFailed as error:
        print(f"tests/run: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
