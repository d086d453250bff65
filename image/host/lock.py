"""image/lock.json: the versions, with the hashes of their files, that the last green build was made of.

apt takes a locked version while the mirrors have it (apt_preferences(5)), else the nearest newer one; which moved is said in one
line. image/update moves the lock."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from . import cache, console, debian

FILE = cache.REPO / "image/lock.json"
# What is locked: mkosi itself, the tools tree with the kernel's source in it, the packages of the image.
SECTIONS = ("mkosi", "tools", "image")

Versions = Mapping[str, str]


def read(section: str) -> dict[str, tuple[str, str]]:
    """Version and SHA-256 of each locked package; empty without a lock: then the day's Debian is taken."""
    if not FILE.exists():
        return {}
    try:
        entries = json.loads(FILE.read_text())[section]
        return {name: (entry.split()[0], entry.split()[1]) for name, entry in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise console.StepFailed(f"{FILE}: not a lock file ({type(error).__name__}: {error}); "
                                 f"git checkout {FILE.name}, or run image/update") from error


def write(sections: Mapping[str, Mapping[str, tuple[str, str]]]) -> None:
    """One line a package, so that a change reads as a list of what moved."""
    text = {section: {name: " ".join(entry) for name, entry in sorted(sections[section].items())} for section in SECTIONS}
    FILE.write_text(json.dumps(text, indent=1) + "\n")


def preferences(section: str) -> str:
    """apt_preferences(5): the locked version before any other, an older one too."""
    return "\n".join(f"Package: {name}\nPin: version {version}\nPin-Priority: 1001\n"
                     for name, (version, _) in sorted(read(section).items()))


def installed(status: Path) -> dict[str, str]:
    """Package and version of each paragraph of a dpkg status file."""
    found = {}
    for paragraph in status.read_text(errors="replace").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if line.startswith(("Package: ", "Version: ", "Status: ")))
        if fields.get("Status", "").endswith(" installed"):
            found[fields["Package"]] = fields["Version"]
    return found


def manifest(path: Path) -> dict[str, str]:
    """The same of mkosi's manifest."""
    return {p["name"]: p["version"] for p in json.loads(path.read_text())["packages"] if p["type"] == "deb"}


def moved(section: str, have: Versions) -> list[str]:
    """What is not as the lock says, one text a package."""
    locked = read(section)
    if not locked:
        return []
    changes = [f"{name} {locked[name][0]} → {version}" for name, version in sorted(have.items())
               if name in locked and locked[name][0] != version]
    changes += [f"{name} {version} is new" for name, version in sorted(have.items()) if name not in locked]
    return changes + [f"{name} is gone" for name in sorted(locked.keys() - have.keys())]


def say_moved(section: str, changes: list[str]) -> None:
    """One line, so that nobody takes a build of other versions for the locked one."""
    if changes:
        shown = ", ".join(changes[:3]) + (f" and {len(changes) - 3} more" if len(changes) > 3 else "")
        console.line(f"  {section}: not as image/lock.json says, the mirrors or the package list moved: {shown}. image/update moves the lock.")


def check_files(section: str, archives: Path) -> None:
    """The files that apt took are those of the locked versions, byte for byte."""
    locked = read(section)
    for path in archives.glob("*.deb"):
        name, version, _ = unquote(path.name).split("_", 2)
        expected = locked.get(name)
        if expected and expected[0] == version and cache.file_hash(path) != expected[1]:
            raise console.StepFailed(f"{path}: not the file that image/lock.json names for {name} {version}; remove it and run again. "
                                 "If it comes again the mirror serves another file under this version: do not build from it.")


def hashed(have: Versions) -> dict[str, tuple[str, str]]:
    """The versions with the hashes that the mirrors' signed index gives."""
    index = debian.index()
    result = {}
    for name, version in have.items():
        package = next((p for p in index.get(name, []) if p.version == version), None)
        if package is None:
            raise console.StepFailed(f"{name} {version} was installed, but the mirrors' index does not have it; run image/update again.")
        result[name] = (version, package.sha256)
    return result
