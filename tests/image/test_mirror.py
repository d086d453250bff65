"""Where the packages come from: the mirror that this machine's own apt sources name, in each of their forms."""

from pathlib import Path

import pytest

from image.host import console, debian


def sources(apt: Path, uris: str) -> Path:
    (apt / "sources.list.d").mkdir()
    (apt / "sources.list.d/debian.sources").write_text(f"Types: deb\nURIs: {uris}\nSuites: bookworm\nComponents: main\n")
    return apt


def test_one_line_form(tmp_path):
    (tmp_path / "sources.list").write_text("# deb http://old.example/debian x main\n"
                                           "deb [arch=amd64] http://mirror.example/debian bookworm main\n")
    assert debian.mirror(tmp_path) == "http://mirror.example/debian"


def test_deb822_form(tmp_path):
    assert debian.mirror(sources(tmp_path, "http://mirror.example/debian/")) == "http://mirror.example/debian/"


def test_a_list_of_mirrors_gives_its_first(tmp_path):
    (tmp_path / "list").write_text("# chosen at the first boot\nhttp://first.example/debian\tpriority:1\nhttp://second.example/debian\n")
    assert debian.mirror(sources(tmp_path, f"mirror+file://{tmp_path}/list")) == "http://first.example/debian"


@pytest.mark.parametrize("uris", ["http://mirror.example/debian-security", "http://mirror.example/ubuntu", "mirror+file:/nowhere"])
def test_none_is_said(tmp_path, uris):
    with pytest.raises(console.StepFailed, match="No Debian mirror"):
        debian.mirror(sources(tmp_path, uris))
