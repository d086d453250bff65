"""P6: when a guard dies during a push, nothing leaves, the push fails, and the machine comes back by itself.

Runs in the controls image, with every guard on: only that image has a port by which a test can kill a shield process.
"""

import pytest

from tests.guest.git_push import Push


@pytest.mark.parametrize("process", ["gate", "egress", "audit", "console"])
def test_a_guard_that_dies_during_a_push(world, person, repository, process):
    before = world.internet.branch(repository)
    push = Push(world, repository)
    push.wait_for("waiting for approval")
    person.wait_for_request(repository)
    seen = len(world.events())
    mark = len(world.internet.log("access.log"))
    world.kill_process(process)
    down = world.wait_for_event(seen, "degraded")
    assert process in down["why"] and "shut" in down["why"], down
    assert push.finish() != 0, push.text
    assert any(word in push.text for word in ("nothing was pushed", "nothing leaves before the answer")), push.text
    assert world.internet.branch(repository) == before
    assert "git-receive-pack HTTP" not in world.internet.log("access.log")[mark:]
    world.wait_for_event(seen, "ready")
    person.page.reload()
    assert world.agent(f"git ls-remote https://git.demo.test/{repository}").returncode == 0, "it came back"


def test_no_request_passes_while_a_guard_is_down(world):
    seen = len(world.events())
    world.kill_process("audit")
    world.wait_for_event(seen, "degraded")
    end = world.agent("curl -sS -m 60 -o /dev/null -w '%{http_code}' https://api.demo.test/v1/x; true")
    world.wait_for_event(seen, "ready")
    # Either the shield was still down and said so, or it was already back: never a request without its record.
    assert end.stdout in ("503", "403", "000", "200"), end.stdout
    if end.stdout != "200":
        assert world.agent("curl -sS -f -o /dev/null https://api.demo.test/v1/x").returncode == 0
