"""image/update: move image/lock.json to what the mirrors have now: build, boot, run the guest tests, show what changed.

  image/update           the whole; the old lock comes back unless everything passed
  image/update --check   only say what would move (seconds)

A security update is this one command, a commit of image/lock.json, and an image that the operator boots."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from image.host import cache, console, debian, lock, tools

# What a new version of anything could break: the guest as it boots, works and is attacked.
TESTS = ("guest", "boot")


def offered_changes() -> list[str]:
    """Locked packages that the mirrors have newer."""
    index = debian.index()
    changes = []
    for section in lock.SECTIONS:
        for name, (version, _) in sorted(lock.read(section).items()):
            if offered := index.get(name):
                newest = debian.newest(offered)
                if newest.version != version and debian.newer(newest.version, version):
                    changes.append(f"{section}: {name} {version} → {newest.version} ({newest.suite})")
            else:
                changes.append(f"{section}: {name} {version} is gone from the mirrors")
    return changes


@contextlib.contextmanager
def old_lock_unless_done() -> Iterator[list[bool]]:
    """What is appended says that the new lock stays."""
    old = lock.FILE.read_bytes() if lock.FILE.exists() else None
    done: list[bool] = []
    try:
        yield done
    finally:
        if not done:
            if lock.FILE.exists():
                (cache.ROOT / "lock.json.refused").write_bytes(lock.FILE.read_bytes())
            if old is not None:
                lock.FILE.write_bytes(old)
            console.line(f"image/update: the old lock is back; the one that failed is {cache.ROOT / 'lock.json.refused'}")


def run(*command: str | Path) -> str:
    """A command of this project's own, which says for itself what it does; its output's last line."""
    ended = subprocess.run([str(part) for part in command], cwd=cache.REPO, stdout=subprocess.PIPE, text=True, check=False)
    if ended.returncode != 0:
        raise console.StepFailed(f"{' '.join(map(str, command))}: exit status {ended.returncode}, see above")
    return ended.stdout.strip().splitlines()[-1] if ended.stdout.strip() else ""


def differences(old: dict[str, dict], new: dict[str, dict]) -> list[str]:
    lines = []
    for section in lock.SECTIONS:
        before, after = old[section], new[section]
        for name in sorted(before.keys() | after.keys()):
            was, now = before.get(name, ("-",))[0], after.get(name, ("-",))[0]
            if was != now:
                lines.append(f"{section}: {name} {was} → {now}")
    return lines


def update() -> None:
    old = {section: lock.read(section) for section in lock.SECTIONS}
    with old_lock_unless_done() as done:
        # Without a lock apt takes the newest of every suite; what it took becomes the lock.
        lock.FILE.unlink(missing_ok=True)
        image = Path(run("image/run", "build"))
        tree, mkosi = tools.tree(), tools.mkosi_path().parents[4]
        new = {"mkosi": lock.hashed({"mkosi": (mkosi / "version").read_text()}),
               "tools": lock.hashed(lock.installed(tree / "var/lib/dpkg/status")),
               "image": lock.hashed(lock.manifest(image / "anchorhold.manifest"))}
        lock.write(new)
        changes = differences(old, new)
        if subprocess.run(["tests/run", *TESTS], cwd=cache.REPO, check=False).returncode != 0:
            raise console.StepFailed("the guest's tests do not pass with these versions, see above:\n" + "\n".join(changes))
        done.append(True)
    print("\n".join(changes) or "Nothing moved: image/lock.json is what the mirrors have.")


def main() -> int:
    arguments = sys.argv[1:]
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    if arguments not in ([], ["--check"]):
        print(f"image/update: unknown argument {arguments[0]!r}; image/update --help", file=sys.stderr)
        return 2
    try:
        tools.check_host()
        if arguments:
            print("\n".join(offered_changes()) or "Nothing to move: the mirrors have nothing newer than image/lock.json.")
        else:
            update()
        return 0
    except console.StepFailed as error:
        print(f"image/update: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
