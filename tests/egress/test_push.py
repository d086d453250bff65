"""Clone, fetch and push with real git: allowed, refused, held until a person answers, and what ends badly."""

import gzip
import hashlib
import json
import os
import shutil
import signal

import pytest

from image.vm.wait import wait_until
from tests.egress.harness import PATIENCE, SECRET, heard

GIT = "https://git.demo.test"


@pytest.fixture
def clone(world):
    """A fresh clone in the cell's home of a fresh repository upstream."""
    world.internet.new_repository("acme/app")
    path = world.directory / "home/app"
    shutil.rmtree(path, ignore_errors=True)
    end = world.inside("git", "clone", "-q", f"{GIT}/acme/app.git", str(path))
    assert end.returncode == 0, end
    return path


def git(world, clone, *arguments, **kwargs):
    return world.inside("git", "-C", str(clone), *arguments, **kwargs)


def commit(world, clone, size=0):
    if size:
        (clone / "blob").write_bytes(os.urandom(size))
        git(world, clone, "add", "blob")
    git(world, clone, "commit", "-q", "--allow-empty", "-m", "work")
    return git(world, clone, "rev-parse", "HEAD").stdout.strip()


def push_and_wait(world, clone, *arguments):
    """A push that is being held: (process, what egress asked)."""
    process = world.start_inside("git", "-C", str(clone), "push", *arguments)
    return process, world.gate.wait_for_ask()


def test_a_clone_works_with_no_configuration(world, clone):
    assert (clone / ".git").is_dir()
    assert SECRET not in "".join(p.read_text(errors="replace") for p in (clone / ".git").rglob("*") if p.is_file())


def test_another_repository_is_refused(world):
    end = world.inside("git", "clone", f"{GIT}/other/secret.git", str(world.directory / "home/secret"))
    assert end.returncode != 0 and "403" in end.stderr, end


def test_a_push_that_a_rule_allows_goes_through(world, clone):
    new = commit(world, clone)
    end = git(world, clone, "push", "origin", "HEAD:refs/heads/free/one")
    assert end.returncode == 0, end
    assert world.internet.branch("acme/app", "refs/heads/free/one") == new
    assert not world.gate.asks


@pytest.mark.parametrize("size", [0, 3 << 20])
def test_a_push_that_a_rule_denies_says_why(world, clone, size):
    commit(world, clone, size)
    end = git(world, clone, "push", "origin", "HEAD:refs/heads/never")
    assert end.returncode == 1 and "[remote rejected]" in end.stderr and "profile demo version 1" in end.stderr, end
    assert "RPC failed" not in end.stderr, "git read the answer of the request that it had sent whole"
    assert world.internet.branch("acme/app", "refs/heads/never") == ""


@pytest.mark.parametrize("size", [0, 3 << 20])
def test_an_approved_push_arrives(world, clone, size):
    new = commit(world, clone, size)
    process, ask = push_and_wait(world, clone, "origin", "main")
    assert ask["rule"] == "app-push"
    action = ask["action"]
    assert action["kind"] == "git.push" and action["repository"] == "acme/app" and action["commits"] == 1
    assert action["url"] == f"{GIT}/acme/app.git/git-receive-pack" and action["body_bytes"] > size
    (update,) = action["updates"]
    assert update["ref"] == "refs/heads/main" and update["new"] == new and update["kind"] == "update" and update["fast_forward"] is True
    assert action["commits_shown"] == [{"id": new, "subject": "work", "author": "Agent <agent@cell.test>"}]
    assert action["trees"] == (1 if size else 0) and action["blobs"] == (1 if size else 0)
    assert world.internet.branch("acme/app") != new, "nothing may leave before the answer"
    world.gate.verdict("approved")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output
    assert "remote: anchorhold: waiting for approval r1 at http://anchor.test/r1" in output
    assert world.internet.branch("acme/app") == new
    assert len(world.gate.consumed) == 1 and world.gate.consumed[0]["action"] == action
    (told,) = wait_until(lambda: world.gate.outcomes, "the outcome")
    assert told["request"] == "r1" and told["outcome"] == {"status": 200, "taken": True, "refused": [], "text": ""}
    assert SECRET not in output
    assert not world.gate.cancelled


def test_what_upstream_refuses_is_told_to_whoever_approved_it(world, clone):
    """Two pushes from the same place: only one of them can win."""
    commit(world, clone)
    first, _ = push_and_wait(world, clone, "origin", "main")
    git(world, clone, "commit", "-q", "--amend", "--allow-empty", "-m", "another")
    second = world.start_inside("git", "-C", str(clone), "push", "origin", "main")
    world.gate.wait_for_ask(2)
    for process, which in ((first, 0), (second, 1)):
        world.gate.verdict("approved", which=which)
        process.communicate(timeout=PATIENCE)
    wait_until(lambda: len(world.gate.outcomes) == 2, "both outcomes")
    won, lost = (told["outcome"] for told in world.gate.outcomes)
    assert won["taken"] is True and lost["taken"] is False and lost["status"] == 200
    assert lost["refused"][0]["ref"] == "refs/heads/main" and lost["refused"][0]["reason"], lost


def test_a_push_says_how_many_commits_it_has(world, clone):
    """Also one on top of what the server has: git would send its files as deltas of the server's."""
    lines = [os.urandom(30).hex() for _ in range(300)]
    for commits in (2, 3):
        for _ in range(commits):
            lines[0] = os.urandom(30).hex()
            (clone / "file").write_text("\n".join(lines))
            git(world, clone, "add", "file")
            new = commit(world, clone)
        process, ask = push_and_wait(world, clone, "origin", "main")
        assert ask["action"]["commits"] == commits
        world.gate.verdict("approved")
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0 and world.internet.branch("acme/app") == new, output
        world.gate.asks.clear()


def held(world, clone, *arguments):
    """The facts of a push that is then denied."""
    process, ask = push_and_wait(world, clone, *arguments)
    world.gate.verdict("denied", "seen")
    process.communicate(timeout=PATIENCE)
    world.gate.asks.clear()
    return ask["action"]


def test_a_push_that_may_drop_commits_is_not_called_a_fast_forward(world, clone):
    commit(world, clone)
    git(world, clone, "commit", "-q", "--allow-empty", "-m", "second")
    (update,) = held(world, clone, "origin", "main")["updates"]
    assert update["fast_forward"] is True, "two commits on top of main"
    git(world, clone, "reset", "-q", "--hard", "origin/main")
    git(world, clone, "commit", "-q", "--amend", "--allow-empty", "-m", "another history, or a part of this one")
    (update,) = held(world, clone, "--force", "origin", "main")["updates"]
    assert update["fast_forward"] is not True
    git(world, clone, "checkout", "-q", "--orphan", "alone")
    commit(world, clone)
    action = held(world, clone, "--force", "origin", "alone:main")
    assert action["updates"][0]["fast_forward"] is False and len(action["commits_shown"]) == 1


def test_of_many_commits_the_newest_are_shown(world, clone):
    for number in range(25):
        git(world, clone, "commit", "-q", "--allow-empty", "-m", f"number {number}\n\n" + "the same words\n" * 30)
    action = held(world, clone, "origin", "main")
    assert action["commits"] == 25 and action["updates"][0]["fast_forward"] is True, "also where git writes commits as deltas"
    assert [shown["subject"] for shown in action["commits_shown"]] == [f"number {number}" for number in range(24, 4, -1)]


def test_a_push_to_what_is_no_git_server_ends_at_once(world, clone):
    end = world.inside("curl", "-sS", "-m", "30", "-w", "%{http_code}", "https://api.demo.test/no/git/info/refs?service=git-receive-pack")
    assert end.stdout.endswith("502") and "without git's advertisement" in end.stdout and "method=GET" not in end.stdout, end
    end = git(world, clone, "push", "https://api.demo.test/no/git", "HEAD")
    assert end.returncode == 128 and "502" in end.stderr, end


def test_lines_keep_a_waiting_push_alive(world, clone):
    commit(world, clone)
    process, _ = push_and_wait(world, clone, "origin", "main")
    while "still waiting" not in heard(process):
        pass
    world.gate.verdict("approved")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, output


@pytest.mark.parametrize("verdict, words", [("denied", 'denied by a person (Ada), who wrote: "not now"'), ("expired", "nobody answered in time")])
def test_a_push_that_nobody_approves_is_rejected_with_words(world, clone, verdict, words):
    new = commit(world, clone)
    process, _ = push_and_wait(world, clone, "origin", "main")
    world.gate.verdict(verdict, "not now")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1 and "[remote rejected]" in output and words in output, output
    assert world.internet.branch("acme/app") != new
    assert not world.gate.consumed
    assert world.audit.heard(lambda event: event["action_id"] == 2 and json.dumps(words)[1:-1] in json.dumps(event))


def test_a_push_that_nobody_can_approve_says_so_at_once(world, clone):
    world.gate.approvers = 0
    commit(world, clone)
    process, _ = push_and_wait(world, clone, "origin", "main")
    world.gate.verdict("expired")
    output, _ = process.communicate(timeout=PATIENCE)
    assert "nobody can approve yet: no passkey is registered" in output, output


def test_a_gatekeeper_that_dies_ends_the_push(world, clone):
    new = commit(world, clone)
    process, _ = push_and_wait(world, clone, "origin", "main")
    world.gate.kill()
    output, _ = process.communicate(timeout=PATIENCE)
    world.gate.start()
    world.until_all_is_well()
    assert process.returncode == 1 and "gatekeeper is not running" in output, output
    assert world.internet.branch("acme/app") != new


def test_an_auditor_that_dies_ends_the_push(world, clone):
    new = commit(world, clone)
    process, _ = push_and_wait(world, clone, "origin", "main")
    world.audit.kill()
    output, _ = process.communicate(timeout=PATIENCE)
    world.audit.start()
    world.until_all_is_well()
    assert process.returncode == 1 and "auditor is not running" in output, output
    assert world.internet.branch("acme/app") != new
    wait_until(lambda: world.gate.cancelled, "the withdrawal")


def test_a_client_that_goes_away_withdraws_the_question(world, clone):
    commit(world, clone)
    process, ask = push_and_wait(world, clone, "origin", "main")
    os.killpg(process.pid, signal.SIGKILL)
    wait_until(lambda: world.gate.cancelled, "the withdrawal")
    assert world.gate.cancelled == [ask["id"]]


def test_a_consume_that_gate_refuses_sends_nothing(world, clone):
    new = commit(world, clone)
    process, ask = push_and_wait(world, clone, "origin", "main")
    ask["action"] = {"kind": "another"}
    world.gate.verdict("approved")
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1 and "not the bytes that were approved" in output, output
    assert world.internet.branch("acme/app") != new


def post(world, body, *more):
    path = world.directory / "body"
    path.write_bytes(body)
    return world.inside("curl", "-sS", "-m", "60", "-w", "%{http_code}", "-H", "Content-Type: application/x-git-receive-pack-request", *more,
                        "--data-binary", f"@{path}", f"{GIT}/acme/app.git/git-receive-pack")


def pkt(text):
    return f"{len(text) + 4:04x}{text}".encode()


OLD, NEW = "0" * 40, "1" * 40
CAPABILITIES = "\0 report-status side-band-64k agent=git/2.47"


def test_gits_probe_is_answered_here(world, clone):
    end = post(world, b"0000")
    assert end.stdout == "200", end


def test_a_malformed_push_is_told_so(world, clone):
    end = post(world, pkt(f"{OLD} {NEW} refs/heads/x{CAPABILITIES}") + b"zzzz")
    assert end.stdout.endswith("200") and "unpack" in end.stdout and "anchorhold: " in end.stdout, end
    assert post(world, b"zzzz").stdout.endswith("400")
    assert not world.gate.asks


def test_a_push_without_a_body_leaves_the_connection_in_order(world, clone):
    """Its head was given up twice once, and what lay behind it in memory was read as the next request."""
    script = """
import socket, ssl
s = ssl.create_default_context().wrap_socket(socket.create_connection(("git.demo.test", 443)), server_hostname="git.demo.test")
s.settimeout(20)
def answer(request):
    s.sendall(request)
    text = b""
    while b"\\r\\n\\r\\n" not in text:
        text += s.recv(1)
    length = int(text.lower().split(b"content-length: ")[1].split(b"\\r\\n")[0])
    while length > 0:
        length -= len(s.recv(length))
    return text.split()[1].decode()
empty = (b"POST /acme/app.git/git-receive-pack HTTP/1.1\\r\\nHost: git.demo.test\\r\\n"
         b"Content-Type: application/x-git-receive-pack-request\\r\\nContent-Length: 0\\r\\n\\r\\n")
plain = b"GET /nowhere HTTP/1.1\\r\\nHost: git.demo.test\\r\\n\\r\\n"
print(answer(empty), answer(empty), answer(plain), answer(plain))
s.settimeout(1)
try:
    print("more:", s.recv(100))
except TimeoutError:
    print("silence")
"""
    assert world.inside("python3", "-c", script).stdout == "400 400 403 403\nsilence\n"


def test_only_so_many_packs_are_read_at_once(world, clone):
    """Twelve pushes, read but for their last bytes, end while egress stands still: it finds those together."""
    start = pkt(f"{OLD} {NEW} refs/heads/scanned{CAPABILITIES}") + b"0000PACK"
    script = f"""
import array, fcntl, os, signal, socket, ssl, termios, time
def on_the_way(each):
    size = array.array("i", [0])
    fcntl.ioctl(each, termios.TIOCOUTQ, size)  # tcp(7): not yet acknowledged
    return size[0]
def unread():
    rows = [row.split() for family in ("tcp", "tcp6") for row in open("/proc/{world.egress.pid}/net/" + family).readlines()[1:]]
    return sum(int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(":3A99") and row[3] == "01")  # rx_queue, established
context = ssl.create_default_context()
body = {start!r} + bytes(16 << 20)
head = (b"POST /acme/app.git/git-receive-pack HTTP/1.1\\r\\nHost: git.demo.test\\r\\n"
        b"Content-Type: application/x-git-receive-pack-request\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body))
pushes = [context.wrap_socket(socket.create_connection(("git.demo.test", 443)), server_hostname="git.demo.test") for _ in range(12)]
for each in pushes:
    each.settimeout(60)
    each.sendall(head + body[:-1])
while any(on_the_way(each) for each in pushes) or unread():
    time.sleep(0.05)
os.kill({world.egress.pid}, signal.SIGSTOP)
try:
    for each in pushes:
        each.sendall(body[-1:])
finally:
    os.kill({world.egress.pid}, signal.SIGCONT)
waiting = refused = 0
for each in pushes:
    text = b""
    while b"waiting for approval" not in text and b"too many pushes" not in text:
        piece = each.recv(4096)
        if not piece:
            break
        text += piece
    waiting += b"waiting for approval" in text
    refused += b"too many pushes are being read just now; push again" in text
print(waiting, refused)
"""
    end = world.inside("python3", "-c", script, timeout=180)
    assert end.stdout == "8 4\n", end


def test_a_ref_that_looks_like_an_option_is_refused(world, clone):
    end = post(world, pkt(f"{OLD} {NEW} --mirror{CAPABILITIES}") + b"0000")
    assert "unpack" in end.stdout or end.stdout.endswith("400"), end
    assert not world.gate.asks


def test_a_gzipped_push_is_judged_and_goes_up_plain(world, clone):
    """JGit sends small pushes so."""
    head = git(world, clone, "rev-parse", "HEAD").stdout.strip()
    pack = b"PACK" + (2).to_bytes(4, "big") + bytes(4)
    pack += hashlib.sha1(pack).digest()

    def zipped(ref: str):
        body = pkt(f"{'0' * 40} {head} {ref}{CAPABILITIES}") + b"0000" + pack
        return post(world, gzip.compress(body), "-H", "Content-Encoding: gzip")

    end = zipped("refs/heads/free/zipped")
    assert "ok refs/heads/free/zipped" in end.stdout, end
    assert world.internet.branch("acme/app", "refs/heads/free/zipped") == head
    assert "refs/heads/never" in zipped("refs/heads/never").stdout
    assert world.internet.branch("acme/app", "refs/heads/never") == ""


def test_a_compressed_push_that_cannot_be_read_is_refused(world, clone):
    for coding, body, status in (("br", b"0000", "415"), ("gzip", b"0000", "400"), ("gzip", gzip.compress(bytes(9 << 20)), "413")):
        end = post(world, body, "-H", f"Content-Encoding: {coding}")
        assert end.stdout.endswith(status) and ("send it plain" in end.stdout or "gzip" in end.stdout), end


def test_ten_thousand_refs_are_refused(world, clone):
    body = b"".join(pkt(f"{OLD} {NEW} refs/heads/many/{i}{'' if i else CAPABILITIES}") for i in range(10_000))
    end = post(world, body + b"0000PACK")
    assert end.stdout.endswith("200") and "unpack" in end.stdout and "more than 1000 refs" in end.stdout, end.stdout[:500]
    assert "ng refs" not in end.stdout
    assert not world.gate.asks


def test_too_many_refs_are_refused_by_words_that_git_shows(world, clone):
    head = commit(world, clone)
    refs = "".join(f"create refs/heads/many/{i} {head}\n" for i in range(1_100))
    world.inside("git", "-C", str(clone), "update-ref", "--stdin", input=refs)
    end = git(world, clone, "push", "-q", "origin", "refs/heads/many/*:refs/heads/many/*")
    assert end.returncode != 0 and "anchorhold: " in end.stderr and "more than 1000 refs" in end.stderr, end.stderr[-2000:]
    assert not world.gate.asks


def test_more_than_a_question_holds_is_refused_by_words_that_git_shows(world, clone):
    head = commit(world, clone)
    refs = "".join(f"create refs/heads/{'long' * 50}-{i} {head}\n" for i in range(900))
    world.inside("git", "-C", str(clone), "update-ref", "--stdin", input=refs)
    end = git(world, clone, "push", "-q", "origin", "refs/heads/long*:refs/heads/long*")
    assert end.returncode != 0 and "push fewer refs at once" in end.stderr, end.stderr[-2000:]
    assert not world.gate.asks


def test_push_options_are_not_offered(world, clone):
    commit(world, clone)
    end = git(world, clone, "push", "-o", "merge_request.create", "origin", "HEAD:refs/heads/free/option")
    assert end.returncode != 0 and "does not support push options" in end.stderr, end.stderr
    assert world.internet.branch("acme/app", "refs/heads/free/option") == ""
