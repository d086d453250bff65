"""Each attack is run as the agent. In the shipped guest it must lose; where its guard is off it must win."""

import json
import os
import re

import pytest

from tests.guest.attacks import ATTACKS, KERNEL, PRELUDE, Attack
from tests.guest.world import World

# The last line of a traceback when the kernel, the resolver or the other end said no.
STOPPED = re.compile(r"(\w+\.)*(OSError|\w*(Permission|FileNotFound|Connection\w*|Process\w*|SSL\w*)Error|TimeoutError|gaierror)\b")

UNLISTED = ("198.51.100.66", "2001:db8:b::66", "169.254.169.254")

OFF = set(os.environ.get("ANCHORHOLD_OFF", "").split())


def run(world: World, attack: Attack, seconds: float = 0.5) -> tuple[bool, str]:
    """Whether it won, a frame of its protocol on the wire by then, and what was said."""
    mark = world.wire_mark()
    end = world.agent(f"timeout 300 python3 - <<'ATTACK'\n{PRELUDE}{attack.text}\nATTACK\n", seconds=330)
    began, _, verdict = end.stdout.partition("\n")
    assert began == "BEGAN", f"the attack was never made: exit {end.returncode} {end.stderr}"
    said = verdict.strip() or end.stderr.strip()[-300:] or "nothing"
    stopped = verdict.startswith(("WON", "LOST")) or STOPPED.match(said.splitlines()[-1])
    assert stopped, f"the attack ended by itself, nothing stopped it: exit {end.returncode} {said}"
    if attack.wire:
        left = [frame for frame in world.left_the_guest(mark, attack.wire, seconds) if frame[0] == attack.wire]
        return bool(left), f"{json.dumps(left[:5])} {said}"
    return said.startswith("WON"), said


@pytest.mark.skipif(bool(OFF), reason="this world has guards off")
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: getattr(a, "name", "none"))
def test_attack_loses(world: World, attack: Attack) -> None:
    through, said = run(world, attack)
    assert not through, said


@pytest.mark.skipif(bool(OFF), reason="this world has guards off")
def test_the_wire_saw_nothing_for_what_no_profile_lists(world: World) -> None:
    """Since the boot, whatever the attacks heard."""
    assert [frame for frame in world.left_the_guest(0) if frame[1] in UNLISTED] == []


@pytest.mark.skipif(bool(OFF), reason="this world has guards off")
def test_the_guest_outlived_all_attacks(world: World) -> None:
    assert world.agent("true").returncode == 0
    assert not [event for event in world.events() if event["event"] in ("degraded", "failed")]


@pytest.mark.skipif(not OFF, reason="needs a world with guards off")
@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.guard in OFF], ids=lambda a: getattr(a, "name", "none"))
def test_control_attack_wins_without_its_guard(world: World, attack: Attack) -> None:
    through, said = run(world, attack, seconds=60)
    assert through, f"the guard {attack.guard!r} is off and the attack still loses, so its test proves nothing: {said}"


@pytest.mark.skipif(not OFF, reason="needs a world with guards off")
@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.kernel_says and a.else_off in OFF], ids=lambda a: getattr(a, "name", "none"))
def test_control_only_the_kernel_is_left_to_stop_it(world: World, attack: Attack) -> None:
    through, said = run(world, attack)
    assert not through and attack.kernel_says in said, said


def test_every_guard_is_known() -> None:
    known = {KERNEL, "fence", "seccomp", "apparmor", "capabilities", "namespaces", "no-new-privs", "name-check", "policy", "approval",
             "assertion", "close-on-death", "hidepid", "uid", "image", "sysctls", "readings", "overrides", "disguise", "allowance",
             "flows", "fence-cgroup", "pool", "clear", "bus-room"}
    assert {a.guard for a in ATTACKS} <= known
