"""P5 and the state disk: a full disk does not stop the log, and whoever alters the log on the disk is found out. Boots of its own.

In the first of them the machine is paused as well, since what the log says of it can be read here."""

import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from image.vm.machine import blank_disk
from image.vm.workstation import Workstation

IMAGE = Path(os.environ["ANCHORHOLD_IMAGE"])
ANCHORHOLD = Path(os.environ["ANCHORHOLD_BUILD"]) / "shield/cli/anchorhold"

AUDIT_UID = 804  # docs/design.md


def take_log(station: Workstation, into: Path) -> Path:
    """The auditor's directory as it lies on the state disk."""
    subprocess.run(["debugfs", "-R", f"rdump /audit {into}", str(station.state_disk)], check=True, capture_output=True)
    return into / "audit"


def verify(log: Path, station: Workstation) -> tuple[int, dict]:
    end = subprocess.run([ANCHORHOLD, "audit", "verify", log, "--witness", station.directory / "machine/audit.log", "--json"],
                         capture_output=True, text=True, check=False)
    assert end.stdout, end.stderr
    return end.returncode, json.loads(end.stdout)


PAUSE = 20  # seconds


@dataclass
class Seen:
    full: str = ""  # by the agent, with the disk full
    held: str = ""  # an act that a person must approve, with the disk full
    step: dict = field(default_factory=dict)  # the event after the pause
    clock: tuple[float, float, float] = (0, 0, 0)  # the host's before, the guest's, the host's after


def pause(station: Workstation, seen: Seen) -> None:
    """As a laptop that sleeps: the guest's own clocks stand still, the RTC goes on."""
    station.machine.qmp("stop")
    time.sleep(PAUSE)
    station.machine.qmp("cont")
    seen.step = station.machine.wait_event("clock")
    before = time.time()
    seen.clock = (before, float(station.agent("date +%s.%N").stdout), time.time())


@pytest.fixture(scope="module")
def seen(station) -> Seen:
    """The agent fills the disk, then does things that leave records; the machine is paused."""
    blank_disk(station.state_disk, 192)
    assert station.boot_until("ready", "failed")["event"] == "ready"
    filled = station.agent("dd if=/dev/zero of=fill bs=1M 2>&1; dd if=/dev/zero of=crumbs bs=1k 2>&1; echo x > more; df . | tail -1")
    assert "Disk quota exceeded" in filled.stdout, filled.stdout
    seen = Seen()
    seen.full = station.agent("for i in $(seq 40); do curl -sS -o /dev/null -w '%{http_code} ' https://api.demo.test/v1/$i; done;"
                              "curl -sS https://unlisted.test/ 2>&1; hold status").stdout
    seen.held = station.agent("curl -sS -m 120 -d 'one act' https://api.demo.test/v1/held 2>&1").stdout
    pause(station, seen)
    station.power_off()
    return seen


def test_the_agent_cannot_fill_the_disk_under_the_log(station, seen):
    assert seen.full.startswith("200 " * 40), seen.full
    assert station.internet.log("access.log").count("GET /v1/") == 40


def test_with_the_agents_part_of_the_disk_full_a_person_can_still_be_asked(seen):
    assert "pending: request" in seen.held, seen.held


def test_after_a_pause_the_clock_is_the_hosts(seen):
    before, guest, after = seen.clock
    assert before - 2 <= guest <= after + 2, seen.clock
    assert PAUSE * 1000 - 3000 <= seen.step["stepped_ms"] <= PAUSE * 1000 + 60_000, seen.step


@pytest.fixture(scope="module")
def log(station, seen, tmp_path_factory) -> Path:
    return take_log(station, tmp_path_factory.mktemp("log"))


def test_the_log_of_the_machine_verifies_against_the_hosts_witness(station, log):
    status, report = verify(log, station)
    assert status == 0, report
    text = "".join(file.read_text() for file in sorted(log.glob("records-*.jsonl")))
    assert text.count("api.demo.test") >= 40 and "unlisted.test" in text
    assert "the clock was set by" in text
    assert station.git_password not in text and station.api_token not in text


def _edit(log: Path, change) -> None:
    file = sorted(log.glob("records-*.jsonl"))[0]
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(change(lines)))


@pytest.mark.parametrize("change", [
    pytest.param(lambda lines: [line.replace("/v1/7", "/v1/8") for line in lines], id="altered"),
    pytest.param(lambda lines: lines[:10] + lines[11:], id="removed"),
    pytest.param(lambda lines: lines[:-12], id="cut-off"),
    pytest.param(lambda lines: [lines[1], lines[0], *lines[2:]], id="reordered"),
])
def test_what_was_done_to_the_log_is_found(station, log, change, tmp_path):
    copy = Path(shutil.copytree(log, tmp_path / "audit"))
    _edit(copy, change)
    status, report = verify(copy, station)
    assert status == 1 and report["misfit"], report


def test_a_log_that_was_cut_off_while_the_machine_was_off_keeps_the_fence_closed(station, log, tmp_path):
    copy = Path(shutil.copytree(log, tmp_path / "audit"))
    _edit(copy, lambda lines: lines[:-12])
    name = sorted(copy.glob("records-*.jsonl"))[0]
    for command in (f"rm /audit/{name.name}", f"write {name} /audit/{name.name}", f"sif /audit/{name.name} uid {AUDIT_UID}",
                    f"sif /audit/{name.name} gid {AUDIT_UID}", f"sif /audit/{name.name} mode 0100600"):
        subprocess.run(["debugfs", "-w", "-R", command, str(station.state_disk)], check=True, capture_output=True)
    before = station.internet.log("access.log")
    event = station.boot_until("ready", "failed", "degraded")
    assert event["event"] == "degraded" and "audit" in event["why"], event
    station.wait_ssh()
    assert station.agent("curl -sS -f -m 20 https://api.demo.test/v1/after").returncode != 0
    assert station.internet.log("access.log") == before
    station.machine.kill()


def test_with_the_disk_full_nothing_is_allowed_until_somebody_makes_room(station, tmp_path):
    blank_disk(station.state_disk, 192)
    assert station.boot_until("ready", "failed")["event"] == "ready"
    station.agent("dd if=/dev/urandom of=fill bs=1M count=16")
    station.power_off()
    # What only the auditor may use is used up as well.
    ballast = tmp_path / "ballast"
    ballast.write_bytes(os.urandom(station.state_disk.stat().st_size))
    subprocess.run(["debugfs", "-w", "-R", f"write {ballast} /audit/ballast", str(station.state_disk)], check=True, capture_output=True)
    event = station.boot_until("degraded", "failed")
    assert "nearly full" in event["why"], event
    station.wait_ssh()
    before = station.internet.log("access.log")
    assert station.agent("curl -sS -f -m 10 https://api.demo.test/v1/full").returncode != 0
    assert station.internet.log("access.log") == before
    assert station.agent("rm fill").returncode == 0
    station.machine.wait_event("ready")
    assert station.agent("curl -sS -f -o /dev/null https://api.demo.test/v1/room").returncode == 0
    station.power_off()


def fill_with_files(station: Workstation) -> str:
    """Until no more can be made; what the last one said."""
    return station.agent("""python3 - <<'FILL'
import os
try:
    for n in range(1 << 20): os.close(os.open(f'crumb-{n}', os.O_CREAT | os.O_WRONLY))
except OSError as e: print(n > 1000, e.strerror)
FILL""", seconds=400).stdout


def test_the_agent_cannot_use_up_the_files_of_the_disk(station):
    blank_disk(station.state_disk, 192)
    assert station.boot_until("ready", "failed")["event"] == "ready"
    assert fill_with_files(station) == "True Disk quota exceeded\n"
    assert "Disk quota exceeded" in station.agent("dd if=/dev/zero of=crumb-1 bs=1M 2>&1").stdout
    station.power_off()
    station.version += 1
    # That the disk is nearly full is told before, and is so; the auditor's acts below need its file.
    event = station.boot_until("ready", "failed")
    assert event["event"] == "ready", ("the auditor needs a file to start", event)
    assert "refused" not in event["profile_state"] and "demo" in event["profile_state"], "gate remembers the new version on the disk"
    assert station.agent("curl -sS -f -o /dev/null https://api.demo.test/v1/x").returncode == 0
    station.power_off()


def test_control_without_quotas_the_agent_stops_the_auditor(station):
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-L", "anchorhold-state", blank_disk(station.state_disk, 192)], check=True)
    event = station.boot_until("degraded", "failed")
    assert "quota" in event["why"], event
    station.machine.wait_event("ready")
    station.wait_ssh()
    assert fill_with_files(station) == "True No space left on device\n"
    station.power_off()
    assert station.boot_until("degraded", "failed", "ready")["event"] == "degraded"
    assert "audit" in station.machine.wait_event("degraded")["why"]
