"""What the shield's programs deny to everybody who runs as the same user."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.browser import channel
import pytest

from tests.browser.channel import UIDS, Service
from tests.browser.gatekeeper import Gatekeeper
from tests.browser.harness import Harness, program


@pytest.fixture
def gate(harness: Harness) -> Iterator[Service]:
    made = Gatekeeper(harness)
    yield made.service
    made.close()


@pytest.fixture
def console(gate: Service, harness: Harness) -> Service:
    return harness.start_console()


@pytest.fixture
def audit(harness: Harness) -> Service:
    log = harness.directory / "log"
    log.mkdir()
    channel.give_to(log, UIDS["audit"])
    with channel.listen(harness.run / "audit", UIDS["audit"]) as listener:
        return harness.start(program("shield/audit", "audit"), "audit", {"audit": listener}, {"/var/lib/anchorhold/audit": log})


def owner_of_memory(service: Service) -> int:
    """Root's where the process is not dumpable, so that its own user may neither read nor trace it: proc_pid(5)."""
    return Path(f"/proc/{service.process.pid}/mem").stat().st_uid


@pytest.mark.parametrize("name", ["gate", "console", "audit"])
def test_its_own_user_cannot_read_it(name: str, request: pytest.FixtureRequest) -> None:
    service = request.getfixturevalue(name)
    if name != "gate":  # which has waited itself
        service.wait_ready()
    proc = Path(f"/proc/{service.process.pid}")
    assert "NoNewPrivs:\t1\n" in (proc / "status").read_text()
    assert "Max core file size        0                    0" in (proc / "limits").read_text()
    assert owner_of_memory(service) == 0


def test_control_any_other_program_can_be_read(harness: Harness) -> None:
    program = harness.directory / "program"
    program.write_text("#!/bin/sh\nexec sleep infinity\n")
    program.chmod(0o755)
    service = harness.start(program, "console", {}, {})
    while Path(f"/proc/{service.process.pid}/comm").read_text() != "sleep\n":
        assert service.process.poll() is None, service.log.read_text()
    assert owner_of_memory(service) == UIDS["console"]
