"""What the shield's programs deny to everybody who runs as the same user."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import channel
import pytest
from channel import UIDS, Service
from gatekeeper import Gatekeeper
from house import House, program


@pytest.fixture
def gate(house: House) -> Iterator[Service]:
    made = Gatekeeper(house)
    yield made.service
    made.close()


@pytest.fixture
def console(gate: Service, house: House) -> Service:
    return house.start_console()


@pytest.fixture
def audit(house: House) -> Service:
    log = house.directory / "log"
    log.mkdir()
    channel.give_to(log, UIDS["audit"])
    with channel.listen(house.run / "audit", UIDS["audit"]) as listener:
        return house.start(program("shield/audit", "audit"), "audit", {"audit": listener}, {Path("/var/lib/anchorhold/audit"): log})


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


def test_control_any_other_program_can_be_read(house: House) -> None:
    program = house.directory / "program"
    program.write_text("#!/bin/sh\nexec sleep infinity\n")
    program.chmod(0o755)
    service = house.start(program, "console", {}, {})
    while Path(f"/proc/{service.process.pid}/comm").read_text() != "sleep\n":
        assert service.process.poll() is None, service.log.read_text()
    assert owner_of_memory(service) == UIDS["console"]
