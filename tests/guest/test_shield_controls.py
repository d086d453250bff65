"""The controls of P1, P4 and P6: with the guard off, what its test calls impossible happens."""

import os
import re
import time

import pytest

from image.vm.secret_encodings import ENCODINGS, recovered
from tests.guest import stranger
from tests.guest.git_push import Push

OFF = os.environ.get("ANCHORHOLD_OFF", "").split()


@pytest.mark.skipif("approval" not in OFF, reason="needs the guard off")
def test_without_approval_a_push_goes_through_and_nobody_was_asked(world, repository):
    push = Push(world, repository)
    assert push.finish() == 0, push.text
    assert world.internet.branch(repository) == push.commit


@pytest.mark.skipif("assertion" not in OFF, reason="needs the guard off")
def test_without_assertion_checks_a_foreign_passkey_would_do(world, operator, repository):
    push = Push(world, repository)
    push.wait_for("waiting for approval")
    operator.wait_for_request(repository)
    operator.passkeys.break_with(isBogusSignature=True)
    operator.approve()
    assert push.finish() == 0, push.text
    assert world.internet.branch(repository) == push.commit


@pytest.mark.skipif("session" not in OFF, reason="needs the guard off")
def test_without_sessions_a_stranger_reads_and_denies(world, operator, repository):
    push = Push(world, repository)
    push.wait_for("waiting for approval")
    operator.wait_for_request(repository)
    assert repository in stranger.listens(world)
    (request,) = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", push.text)[:1]
    assert stranger.posts(world, "deny", {"request": request, "reason": "from the wire"})[0] == 200
    assert push.finish() != 0 and "from the wire" in push.text, push.text


@pytest.mark.skipif("close-on-death" not in OFF, reason="needs the guard off")
def test_without_close_on_death_init_leaves_the_fence_open(world):
    seen = len(world.events())
    world.command("hold console")
    down = world.wait_for_event(seen, "degraded")
    assert "console" in down["why"] and "closed" not in down["why"], down
    assert world.agent("curl -sS -f -m 60 https://api.demo.test/v1/while-down").returncode == 0
    assert world.internet.logged("while-down")
    world.command("release console")
    world.wait_for_event(seen, "ready")


@pytest.mark.skipif("clock" not in OFF, reason="needs the guard off")
def test_without_clock_a_machine_that_was_paused_stays_behind(world):
    """The guard's own test is in test_state_disk.py, beside what the log says of it."""
    world.qmp("stop")
    time.sleep(10)
    world.qmp("cont")
    before = time.time()
    assert float(world.agent("date +%s.%N").stdout) < before - 5


@pytest.mark.skipif("scrub" not in OFF, reason="needs the guard off")
def test_without_scrub_an_echo_hands_the_agent_its_credential(world):
    assert world.api_token in world.agent("curl -sS -i https://api.demo.test/v1/echo").stdout


@pytest.mark.skipif("scrub" not in OFF, reason="needs the guard off")
def test_without_scrub_every_spelling_of_it_can_be_read_back(world):
    said = world.agent("curl -sS https://api.demo.test/v1/encodings").stdout
    assert world.api_token not in said, "a spelling that is none shows nothing"
    assert recovered(said, world.api_token) == list(ENCODINGS), said
