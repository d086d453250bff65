"""The lock: what it pins, and what is said of a build that is not as it says."""

import hashlib
import json

import pytest

from image.host import console, lock


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "lock.json"
    monkeypatch.setattr(lock, "FILE", path)
    content = hashlib.sha256(b"content").hexdigest()
    path.write_text(json.dumps({"mkosi": {}, "image": {}, "tools": {"g++": f"4:14.2.0-1 {content}", "git": "1:2.47-1 00"}}))
    return path


def test_apt_prefers_what_is_locked():
    assert lock.preferences("tools").split("\n\n")[0] == "Package: g++\nPin: version 4:14.2.0-1\nPin-Priority: 1001"


def test_without_a_lock_nothing_is_preferred_or_moved(file):
    file.unlink()
    assert lock.preferences("tools") == "" and lock.moved("tools", {"git": "2"}) == []


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"tools": {"git": 1}}', '{"tools": {"git": "1"}}'])
def test_a_broken_lock_is_said(file, text):
    file.write_text(text)
    with pytest.raises(console.StepFailed, match="not a lock file"):
        lock.read("tools")


def test_what_moved_is_named():
    assert lock.moved("tools", {"g++": "4:14.2.0-2", "jq": "1"}) == ["g++ 4:14.2.0-1 → 4:14.2.0-2", "jq 1 is new", "git is gone"]


def test_another_file_under_a_locked_version_ends_the_build(tmp_path):
    (tmp_path / "g++_4%3a14.2.0-1_amd64.deb").write_bytes(b"content")
    lock.check_files("tools", tmp_path)
    (tmp_path / "g++_4%3a14.2.0-1_amd64.deb").write_bytes(b"other content")
    with pytest.raises(console.StepFailed, match=r"not the file that image/lock\.json names for g\+\+ 4:14\.2\.0-1"):
        lock.check_files("tools", tmp_path)


def test_a_written_lock_is_read_again(file):
    lock.write({"mkosi": {"mkosi": ("25.3-7", "ab")}, "tools": {}, "image": {"bash": ("5", "cd")}})
    assert lock.read("mkosi") == {"mkosi": ("25.3-7", "ab")} and lock.read("image") == {"bash": ("5", "cd")}
    assert file.read_text().count("\n") > 5
