"""What kernel fragments may say, and what a source that knows less, or other names, makes of them."""

import subprocess
from pathlib import Path

import fragments
import pytest

CONFIG = Path(__file__).resolve().parents[2] / "kernel-config"

# A source as kconfig reads it: `make allnoconfig` is a stand-in that grants what it knows, but for what depends on more.
MAKEFILE = """allnoconfig:
\t@grep -E '^CONFIG_(NEW|PLAIN|SELECTED)=' $(KCONFIG_ALLCONFIG) | grep -v DROPPED > $(KCONFIG_CONFIG); true
"""
KCONFIG = "config NEW\n\tbool\nmenuconfig PLAIN\n\tbool\nconfig DROPPED\n\tbool\n\tdepends on PLAIN\n"


def wishes(text: str) -> list[tuple[tuple[tuple[str, str], ...], str]]:
    return [(wish.alternatives, wish.needed) for wish in fragments.parse(text, "x.config")]


def test_options_are_asked_for_or_forbidden():
    assert wishes('# why\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C="a b"\n') == [
        ((("CONFIG_A", "y"),), ""), ((("CONFIG_B", "n"),), ""), ((("CONFIG_C", '"a b"'),), "")]


def test_one_of_and_needed():
    assert wishes("CONFIG_NEW=y | CONFIG_OLD=m  # needed: P2\nCONFIG_A=y\n") == [
        ((("CONFIG_NEW", "y"), ("CONFIG_OLD", "m")), "P2"), ((("CONFIG_A", "y"),), "")]
    assert wishes("# What it is.\n\n# needed: P2, P3\n\nCONFIG_A=y\n") == [((("CONFIG_A", "y"),), "P2, P3")]


@pytest.mark.parametrize("text", ["CONFIG_A y\n", "CONFIG_A=y | B=y\n", "# CONFIG_A is unset\n", "CONFIG_A=y\n# needed: P2\n"])
def test_a_line_that_would_be_passed_over_is_refused(text):
    with pytest.raises(fragments.Malformed, match=r"x\.config:\d"):
        fragments.parse(text, "x.config")


def test_an_option_stands_in_one_place(tmp_path):
    for name, text in (("1.config", "CONFIG_A=y | CONFIG_B=y\n"), ("2.config", "CONFIG_B=y\n")):
        (tmp_path / name).write_text(text)
    with pytest.raises(fragments.Malformed, match=r"2\.config:1: CONFIG_B stands in 1\.config:1 too"):
        fragments.read([tmp_path / "1.config", tmp_path / "2.config"])


def configure(directory: Path, text: str) -> tuple[int, str, str]:
    source = directory / "source"
    source.mkdir()
    (source / "Makefile").write_text(MAKEFILE)
    (source / "Kconfig").write_text(KCONFIG)
    (directory / "x.config").write_text(text)
    ended = subprocess.run([CONFIG / "configure", source, directory / "out", directory / "x.config"], capture_output=True, text=True)
    unknown = directory / "out/unknown"
    return ended.returncode, ended.stderr, unknown.read_text() if unknown.exists() else ""


def test_the_name_that_the_source_knows_is_taken(tmp_path):
    assert configure(tmp_path, "CONFIG_OLD=y | CONFIG_NEW=y\nCONFIG_PLAIN=y\n") == (0, "", "")
    assert (tmp_path / "out/config").read_text() == "CONFIG_NEW=y\nCONFIG_PLAIN=y\n"


def test_an_unknown_option_is_said_and_left_out(tmp_path):
    code, errors, unknown = configure(tmp_path, "CONFIG_OLD=y\nCONFIG_PLAIN=y\n")
    assert code == 0 and "WARNING: this source does not know CONFIG_OLD=y" in errors and unknown == "CONFIG_OLD=y (x.config:1)\n"


def test_one_that_a_promise_needs_ends_the_build(tmp_path):
    code, errors, _ = configure(tmp_path, "CONFIG_OLD=y  # needed: P2\n")
    assert code == 1 and "does not know CONFIG_OLD=y, which P2 rests on" in errors


@pytest.mark.parametrize("text", ["CONFIG_DROPPED=y\n", "CONFIG_NEW=n\nCONFIG_NEWER=y | CONFIG_DROPPED=y\n"])
def test_a_known_option_that_is_dropped_ends_the_build(tmp_path, text):
    code, errors, _ = configure(tmp_path, text)
    assert code == 1 and "CONFIG_DROPPED=y was dropped or changed" in errors
