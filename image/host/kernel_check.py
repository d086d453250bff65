"""kernel-config/check: the fragments on every source of our series that the mirrors offer, and on the newest kernel of later suites.

A source of our series that they do not fit fails; a later one is a warning of what will move. Seconds, once a source's Kconfig
files are in the cache (the first time 150 MB each). Without a mirror nothing is checked, and that is said."""

import subprocess
import sys
import tempfile
from pathlib import Path

from image.host import cache, console, debian, kernel, tools


def upstream(package: debian.Package) -> str:
    return package.version.split("-", 1)[0]


def of_series(index: dict[str, list[debian.Package]]) -> list[debian.Package]:
    """One package of each upstream version of our series, oldest first."""
    found = {upstream(package): package for package in index.get(f"linux-source-{kernel.SERIES}", [])}
    return sorted(found.values(), key=lambda package: [int(part) for part in upstream(package).split(".")])


def later(index: dict[str, list[debian.Package]]) -> list[debian.Package]:
    """The newest kernel of any suite, if it is of a later series."""
    offered = [package for name, packages in index.items() if name.startswith("linux-source-") and name[13:14].isdigit()
               for package in packages]
    newest = debian.newest(offered)
    return [newest] if newest.name != f"linux-source-{kernel.SERIES}" else []


def try_on(package: debian.Package) -> tuple[bool, list[str]]:
    """Whether the fragments fit, and what there is to say."""
    with tempfile.TemporaryDirectory(dir=cache.ROOT) as directory:
        tree = kernel.offered_tree(package)
        tried = subprocess.run(kernel.configure(tree, Path(directory)), capture_output=True, text=True, check=False)
        return tried.returncode == 0, tried.stderr.strip().splitlines()


def check() -> bool:
    """Prints a line a source, and under it what does not fit."""
    try:
        index = debian.index(kernel.SUITES, kernel.SECURITY_SUITES)
    except console.StepFailed as error:
        console.line(f"  kernel options: NOT CHECKED against other sources, no mirror answers: {str(error).splitlines()[0]}")
        return True
    good = True
    for package in [*of_series(index), *later(index)]:
        ours = package.name == f"linux-source-{kernel.SERIES}"
        fits, lines = try_on(package)
        good = good and (fits or not ours)
        console.line(f"  {package.name} {package.version} ({package.suite}): {'fits' if fits else 'DOES NOT FIT' if ours else 'will not fit'}")
        for line in lines:
            console.line(f"    {line}")
    return good


def main() -> int:
    if len(sys.argv) > 1:
        print(__doc__)
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    try:
        tools.check_host()
        return 0 if check() else 1
    except console.StepFailed as error:
        print(f"kernel-config/check: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
