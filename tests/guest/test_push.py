"""The main job: the agent pushes with unmodified git, the push waits, a person decides with a passkey."""

import base64
import re
import subprocess

from image.vm.closed_internet import SERVERS
from image.vm.workstation import LISTED
from tests.guest.attacks import ASKING, PRELUDE
from tests.guest import stranger
from tests.guest.git_push import Push


def test_clone_needs_no_credential_and_no_configuration(world, repository):
    end = world.agent(f"cd $(mktemp -d) && git clone -q https://git.demo.test/{repository} work && git -C work log --oneline")
    assert end.returncode == 0, end.stderr
    assert "first" in end.stdout


def test_a_push_waits_and_the_person_approves(world, operator, repository):
    before = world.internet.branch(repository)
    push = Push(world, repository)
    push.wait_for("remote: anchorhold: waiting for approval")
    operator.wait_for_request(repository)
    card = operator.page.text("main")
    for fact in (repository, "refs/heads/main", before[:10], push.commit[:10], "expires in", "git-demo", "git.demo.test"):
        assert fact in card, fact
    assert re.search(r"commits\s+1\b", card, re.I), card
    assert world.internet.branch(repository) == before, "nothing may have left before the answer"
    operator.approve()
    assert push.finish() == 0, push.text
    assert world.internet.branch(repository) == push.commit
    assert world.internet.logged(base64.b64encode(f"agent-bot:{world.git_password}".encode()).decode())


def test_a_denied_push_fails_and_says_why(world, operator, repository):
    before = world.internet.branch(repository)
    push = Push(world, repository)
    push.wait_for("waiting for approval")
    operator.wait_for_request(repository)
    operator.deny()
    assert push.finish() != 0
    assert "rejected" in push.text and "denied by a person (" in push.text, push.text
    assert world.internet.branch(repository) == before


def test_a_stranger_on_the_network_sees_nothing_of_a_push_and_cannot_deny_it(world, operator, repository):
    push = Push(world, repository)
    push.wait_for("waiting for approval")
    (request,) = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", push.text)[:1]
    operator.wait_for_request(repository)
    seen = stranger.listens(world)
    assert '"signed_in":false' in seen and request not in seen and repository not in seen, seen
    for n in range(7):
        status, text = stranger.posts(world, "register-options", {"code": f"guess {n}"})
        assert status == 409 and "Wrong code" in text, text
    status, text = stranger.posts(world, "deny", {"request": request, "reason": "denied by a stranger on the wire"})
    assert status == 401, text
    operator.approve()
    assert push.finish() == 0, push.text
    assert "denied" not in push.text and "on the wire" not in push.text


def test_several_refs_are_one_act(world, operator, repository):
    push = Push(world, repository, refspec="HEAD:refs/heads/one HEAD:refs/heads/two HEAD:refs/tags/v1")
    push.wait_for("waiting for approval")
    operator.wait_for_request("refs/heads/two")
    operator.approve()
    assert push.finish() == 0, push.text
    assert world.internet.branch(repository, "refs/heads/two") == push.commit
    assert world.internet.branch(repository, "refs/tags/v1")


def test_a_push_that_no_rule_names_is_refused_at_once(world):
    end = world.agent("cd $(mktemp -d) && git clone -q https://git.demo.test/other/secret work 2>&1; echo EXIT $?")
    assert "EXIT 0" not in end.stdout
    assert "403" in end.stdout or "refused" in end.stdout, end.stdout


def test_a_client_that_goes_away_takes_its_request_with_it(world, operator, repository):
    before = world.internet.branch(repository)
    push = Push(world, repository)
    push.wait_for("waiting for approval")
    operator.wait_for_request(repository)
    world.agent("pkill -f git-remote-http || pkill git")
    assert push.finish() != 0
    operator.page.wait_for("document.querySelectorAll('article.card').length === 0", 180)
    assert world.internet.branch(repository) == before


def test_an_unlisted_name_is_refused_with_the_profile_in_the_reason(world):
    mark = world.wire_mark()
    end = world.agent("curl -sS https://example.com 2>&1; echo EXIT $?")
    assert "demo" in end.stdout and "example.com" in end.stdout, end.stdout
    # A kept connection to a listed server may end just now; nothing else leaves, no question for the name either.
    listed = [address for server in SERVERS if server.name in LISTED for address in (server.address4, server.address6)]
    assert [frame for frame in world.left_the_guest(mark) if frame[1] not in listed] == []


def test_hold_tells_the_agent_what_and_why(world):
    status = world.agent("hold status")
    assert status.returncode == 0 and "demo" in status.stdout, status.stdout + status.stderr
    why = world.agent("hold why https://example.com")
    assert "example.com" in why.stdout, why.stdout + why.stderr


def test_the_host_witnesses_checkpoints(world):
    notes = world.checkpoints()
    assert notes, "the auditor sent no checkpoint to the host"
    assert all(note.count("\n") >= 4 for note in notes)


def test_an_agent_that_asks_without_end_is_refused_and_the_person_still_answers(world, operator):
    agent = subprocess.Popen(world.ssh_command("python3", "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert agent.stdin and agent.stdout
    agent.stdin.write(PRELUDE + ASKING + """
while b'waiting for approval' in (said := asked()): pass
print(len(held) - 1, said, flush=True)
while b'denied by a person' not in said: said = select.select(held[:-1], [], [])[0][0].recv(65536)
print(said, flush=True)
""")
    agent.stdin.close()
    assert agent.stdout.readline() == "BEGAN\n"
    waiting, _, said = agent.stdout.readline().partition(" ")
    assert "more than 30 requests were asked about in a minute; try again" in said
    operator.wait_for_request(f"refs/heads/asked-{int(waiting) - 1}")
    operator.deny()
    assert "denied by a person" in agent.stdout.readline()
    assert agent.wait(180) == 0
    operator.page.wait_for("document.querySelectorAll('article.card').length === 0", 180)


def test_of_pushes_that_come_at_once_each_is_answered_in_words(world, repository):
    """A slow guest takes its time with eleven connections; none may end without a reason."""
    end = world.agent(f"""cd $(mktemp -d) && git clone -q https://git.demo.test/{repository} w && cd w && git commit -q --allow-empty -m new
for i in $(seq 11); do timeout 400 git push origin HEAD:refs/heads/at-once-$i >push-$i 2>&1 & done
for n in $(seq 300); do [ $(grep -l 'anchorhold: ' push-* | wc -l) = 11 ] && break; [ -n "$(jobs -r)" ] || break; sleep 1; done
kill $(jobs -p); wait
for i in $(seq 11); do echo "=== $(tr '\\r\\n' '  ' <push-$i)"; done""", seconds=500)
    answers = end.stdout.split("=== ")[1:]
    assert len(answers) == 11 and all("anchorhold: " in answer for answer in answers), end.stdout + end.stderr
