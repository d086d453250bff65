"""Python and the console's page, as flake8, mypy and eslint see them: nothing is found. The tools tree has all three."""

import os
import subprocess
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ["ANCHORHOLD_CACHE"]) / "mypy"
# Python without .py in the name.
SCRIPTS = ["image/cmdline", "image/hardened", "image/one-init", "kernel-config/configure"]


def lint(*command: str, text: str = "") -> str:
    """What a linter says; nothing when it finds nothing."""
    ended = subprocess.run(command, cwd=REPO, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return "" if ended.returncode == 0 else ended.stdout or f"{command[0]} ended with {ended.returncode}"


def test_every_script_is_listed():
    python = [path for top in ("image", "kernel-config", "tests") for path in (REPO / top).rglob("*")
              if path.is_file() and not path.suffix and path.read_bytes().startswith(b"#!/usr/bin/python3")]
    assert sorted(str(path.relative_to(REPO)) for path in python) == SCRIPTS


def test_flake8():
    assert lint("flake8", ".", *SCRIPTS) == ""


def test_mypy():
    assert lint("mypy", "--no-error-summary", f"--cache-dir={CACHE}", "image", "tests", "kernel-config/fragments.py") == ""
    assert lint("mypy", "--no-error-summary", f"--cache-dir={CACHE}-scripts", "--scripts-are-modules", *SCRIPTS) == ""


def test_eslint():
    # Its usual form needs a package that Debian only recommends.
    assert lint("eslint", "--format=unix", "shield/console/page") == ""


def test_control_what_is_wrong_is_found(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import os\n\nx: int = 'text'\n")
    assert "F401" in lint("flake8", str(wrong))
    assert "Incompatible types" in lint("mypy", f"--cache-dir={tmp_path}", str(wrong))
    assert "no-unused-vars" in lint("eslint", "--format=unix", "--stdin", text="const unused = 1;\n")
