"""P5 from outside: the host's witness and the log agree, and a wrong passkey's signature does not count."""

import re

from tests.guest.git_push import Push


def test_checkpoints_only_grow(world):
    world.agent("curl -sS https://api.demo.test/v1/one https://api.demo.test/v1/two https://unlisted.test/")
    sizes = [int(note.splitlines()[1]) for note in world.checkpoints()]
    assert sizes == sorted(sizes) and sizes[-1] > 0


def test_every_checkpoint_is_a_signed_note(world):
    for note in world.checkpoints():
        assert re.search(r"^— \S+ [A-Za-z0-9+/=]+$", note, re.M), note


def test_a_bogus_signature_approves_nothing(world, operator, repository):
    before = world.internet.branch(repository)
    push = Push(world, repository)
    push.wait_for("waiting for approval")
    operator.wait_for_request(repository)
    operator.passkeys.break_with(isBogusSignature=True)
    operator.approve()
    operator.page.wait_for("!document.querySelector('#approval-problem').hidden", 180)
    operator.page.click("Not now")
    assert world.internet.branch(repository) == before
    operator.passkeys.break_with(isBogusSignature=False)
    operator.deny()
    assert push.finish() != 0
    assert world.internet.branch(repository) == before
