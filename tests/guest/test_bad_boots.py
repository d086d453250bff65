"""What the host or the disk may give wrongly: each ends in a clear error, and never in a half-working guest. One boot a case."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from image.vm.closed_internet import UPLINK
from image.vm.machine import blank_disk

IMAGE = Path(os.environ["ANCHORHOLD_IMAGE"])


@pytest.fixture(autouse=True)
def powered_off(station):
    yield
    if hasattr(station, "machine"):
        station.machine.kill()
        (station.directory / "machine/control.log").unlink(missing_ok=True)


def without(credentials: dict, *names: str) -> dict:
    return {k: v for k, v in credentials.items() if k not in names}


def profile_cases(station):
    good = station.profile()
    return {
        "none": (without(station.credentials(), "anchorhold.profile", "anchorhold.profile.sig"), "the host gave none"),
        "unsigned": (station.credentials(signed=False), "sign"),
        "altered": ({**station.credentials(), "anchorhold.profile": good.replace('"ask"', '"allow"')}, "sign"),
        "expired": (station.credentials(station.profile(expires="2020-01-01T00:00:00Z")), "expired"),
        "malformed": (station.credentials(good.replace('verdict = "ask"', 'verdict = "maybe"', 1)), "line"),
        "below-floor": ({**station.credentials(), "anchorhold.profile.floor": "7"}, "7"),
    }


@pytest.mark.parametrize("case", ["none", "unsigned", "altered", "expired", "malformed", "below-floor"])
def test_a_bad_profile_means_an_empty_list_and_says_why(station, case):
    credentials, word = profile_cases(station)[case]
    event = station.boot_until("ready", "failed", credentials=credentials)
    assert event["event"] == "ready", event
    status = station.agent("hold status")
    assert word in (status.stdout + status.stderr).lower(), status.stdout + status.stderr
    refused = station.agent("curl -sS -m 60 https://api.demo.test/v1/x 2>&1; echo EXIT $?")
    assert "method=GET" not in refused.stdout
    assert station.internet.log("access.log") == ""


def test_an_older_profile_than_the_disk_remembers(station):
    blank_disk(station.state_disk)
    newer, older = (station.credentials(station.profile(version=version)) for version in (5, 4))
    assert station.boot_until("ready", "failed", credentials=newer)["event"] == "ready"
    station.power_off()
    assert station.boot_until("ready", "failed", credentials=older)["event"] == "ready"
    assert "5" in station.agent("hold status").stdout


def test_no_state_disk(station):
    event = station.boot_until("ready", "failed", state_disk=None)
    assert event["event"] == "failed" and "anchorhold-state" in event["text"], event
    assert station.machine.wait_end() is not None


def test_a_disk_with_somebodys_data_is_not_touched(station):
    disk = station.directory / "theirs.raw"
    blank_disk(disk, 64)
    with open(disk, "r+b") as f:
        f.seek(32 << 20)
        f.write(b"somebody's thesis")
    before = disk.read_bytes()
    event = station.boot_until("ready", "failed", state_disk=disk)
    assert event["event"] == "failed", event
    station.machine.wait_end()
    assert disk.read_bytes() == before


def test_a_disk_too_small(station):
    event = station.boot_until("ready", "failed", state_disk=blank_disk(station.directory / "small.raw", 2))
    assert event["event"] == "failed" and "state disk" in str(event), event


def test_no_network_link_is_a_normal_case(station):
    assert station.boot_until("ready", "failed", tap=None)["event"] == "ready"


@pytest.mark.parametrize("text", ["[Network]\nAddress=not-an-address/24\n", "nonsense"])
def test_a_malformed_uplink_is_said_with_its_line(station, text):
    credentials = {**station.credentials(), "network.network.uplink": text}
    event = station.boot_until("degraded", "failed", "ready", credentials=credentials)
    assert event["event"] in ("degraded", "failed") and "uplink" in str(event), event


def test_a_second_nic_shuts_both(station):
    second = ["-netdev", "user,id=second,restrict=on", "-device", "virtio-net-pci,netdev=second"]
    event = station.boot_until("degraded", "failed", extra=second)
    assert "eth1" in str(event), event


def test_credentials_by_smbios_are_taken_too(station):
    credentials = station.credentials()
    moved = {"network.network.uplink": UPLINK}
    event = station.boot_until("ready", "failed", credentials=without(credentials, *moved), smbios_credentials=moved)
    assert event["event"] == "ready"


@pytest.mark.parametrize("where", ["data", "hash", "cut"])
def test_a_damaged_image_is_a_visible_stop(station, where):
    disk = station.directory / "damaged.raw"
    shutil.copyfile(IMAGE / "anchorhold.raw", disk)
    size = disk.stat().st_size
    with open(disk, "r+b") as f:
        if where == "cut":
            f.truncate(size // 2)
        elif where == "hash":
            _flip(f, _partition(disk, "2C7357ED") + 4096, 4096)
        else:
            _flip(f, _partition(disk, "4F68BCE3") + 1024, 1 << 20)
    station.boot(disk=disk)
    assert station.machine.wait_end() != 0, station.machine.console_tail()
    assert "panic" in station.machine.console().lower()


@pytest.fixture(scope="module")
def disk_with_an_altered_file(tmp_path_factory) -> Path:
    """One block of /usr/bin/rg, which nothing reads before the agent does, is not what the builder wrote."""
    disk = tmp_path_factory.mktemp("altered") / "altered.raw"
    shutil.copyfile(IMAGE / "anchorhold.raw", disk)
    root = _partition(disk, "4F68BCE3")
    extents = subprocess.check_output(["dump.erofs", f"--offset={root}", "-e", "--path=/usr/bin/rg", disk], text=True)
    blocks = re.findall(r":\s+(\d+)\.\.\s*\d+ \|\s+4096$", extents, re.M)
    with open(disk, "r+b") as f:
        _flip(f, root + int(blocks[len(blocks) // 2]), 4096)
    return disk


def test_an_altered_file_is_never_read(station, disk_with_an_altered_file):
    assert station.boot_until("ready", "failed", disk=disk_with_an_altered_file)["event"] == "ready"
    # Nobody says goodbye to this session.
    with subprocess.Popen(station.ssh_command("sha256sum", "/usr/bin/rg"), stdin=subprocess.DEVNULL) as reading:
        try:
            assert station.machine.wait_end() != 0, station.machine.console_tail()
        finally:
            reading.kill()
    assert "panic" in station.machine.console().lower()


def test_control_an_altered_file_is_read_without_verity(station, disk_with_an_altered_file):
    root = next(p["uuid"] for p in _partitions(disk_with_an_altered_file) if p["type"].startswith("4F68BCE3"))
    command_line = (IMAGE / "anchorhold.cmdline").read_text().strip()
    bare = re.sub(r'root=\S+ (.*)dm-mod\.create="[^"]*"', rf"root=PARTUUID={root} \1", command_line)
    assert "verity" not in bare
    assert station.boot_until("ready", "failed", disk=disk_with_an_altered_file, command_line=bare)["event"] == "ready"
    station.agent("sha256sum /usr/bin/rg")
    assert station.agent("true").returncode == 0, "the machine goes on"


def _partitions(disk: Path) -> list[dict]:
    return json.loads(subprocess.check_output(["sfdisk", "--json", disk]))["partitiontable"]["partitions"]


def _partition(disk: Path, kind: str) -> int:
    return next(p["start"] * 512 for p in _partitions(disk) if p["type"].startswith(kind))


def _flip(file, start: int, count: int) -> None:
    file.seek(start)
    data = file.read(count)
    file.seek(start)
    file.write(bytes(b ^ 0x55 for b in data))


def test_the_uki_boots_under_firmware(station):
    assert station.boot_until("ready", "failed", firmware=True)["event"] == "ready"
