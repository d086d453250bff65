"""P6: when a guard dies during a push, nothing leaves, the push fails, and the machine comes back by itself.

Runs in the controls image, with every guard on: only that image has a port by which a test can kill a shield process.
"""

import pytest

from tests.guest.git_push import Push


@pytest.mark.parametrize("process", ["gate", "egress", "audit", "console"])
def test_a_guard_that_dies_during_a_push(world, operator, repository, process):
    before = world.internet.branch(repository)
    push = Push(world, repository)
    push.wait_for("waiting for approval")
    operator.wait_for_request(repository)
    seen = len(world.events())
    mark = len(world.internet.log("access.log"))
    world.command(f"kill {process}")
    down = world.wait_for_event(seen, "degraded")
    assert process in down["why"] and "closed" in down["why"], down
    assert push.finish() != 0, push.text
    assert any(word in push.text for word in ("nothing was pushed", "nothing was sent", "nothing leaves before the answer")), push.text
    assert world.internet.branch(repository) == before
    assert "git-receive-pack HTTP" not in world.internet.log("access.log")[mark:]
    world.wait_for_event(seen, "ready")
    operator.page.reload()
    operator.page.wait_for_text("Connected")
    operator.sign_in()
    world.wait_for_agent(f"git ls-remote https://git.demo.test/{repository}")


def test_no_request_passes_while_a_guard_is_down(world):
    """A plain GET asks nobody, so without the console only the closed fence stops it."""
    seen = len(world.events())
    mark = len(world.internet.log("access.log"))
    world.command("hold console")
    assert "closed" in world.wait_for_event(seen, "degraded")["why"]
    end = world.agent("curl -sS -m 20 -o /dev/null -w '%{http_code}' https://api.demo.test/v1/while-down; true")
    assert end.stdout != "200", end.stdout
    assert "while-down" not in world.internet.log("access.log")[mark:]
    world.command("release console")
    world.wait_for_event(seen, "ready")
    assert world.agent("curl -sS -f -o /dev/null https://api.demo.test/v1/x").returncode == 0


def test_the_agents_world_comes_back(world):
    seen = len(world.events())
    assert world.agent("echo kept > before-the-end").returncode == 0
    world.command("kill cell")
    assert "cell" in world.wait_for_event(seen, "degraded")["why"]
    world.wait_for_event(seen, "ready")
    world.wait_ssh()
    assert world.agent("cat before-the-end; curl -sS -f -o /dev/null https://api.demo.test/v1/x").stdout == "kept\n"
