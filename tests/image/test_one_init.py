"""image/one-init finds what another service manager would start."""

import subprocess
from pathlib import Path

import pytest

CHECK = Path(__file__).resolve().parents[2] / "image/one-init"
FOREIGN = ["init", "etc/cron.daily/dpkg", "etc/init.d/ssh", "etc/rc2.d/S01ssh", "etc/systemd/system.conf", "usr/lib/systemd/systemd",
           "usr/bin/systemctl"]


def tree(root: Path, *files: str) -> Path:
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    (root / "usr/sbin").mkdir(parents=True, exist_ok=True)
    (root / "usr/sbin/init").symlink_to("../lib/anchorhold/init")
    return root


def judged(root: Path) -> tuple[int, str]:
    end = subprocess.run([CHECK, root], capture_output=True, text=True, check=False)
    return end.returncode, end.stdout


def test_a_tree_with_our_init_alone_passes(tmp_path):
    assert judged(tree(tmp_path)) == (0, "one-init: 0 files of another service manager\n")


@pytest.mark.parametrize("file", FOREIGN)
def test_each_foreign_file_is_found(tmp_path, file):
    code, said = judged(tree(tmp_path, file))
    assert code == 1
    assert said.startswith("/".join(file.split("/")[:2]).split("/dpkg")[0])


def test_another_init_is_found(tmp_path):
    root = tree(tmp_path)
    (root / "usr/sbin/init").unlink()
    (root / "usr/sbin/init").symlink_to("../lib/systemd/systemd")
    code, said = judged(root)
    assert (code, "is ../lib/systemd/systemd" in said) == (1, True)
