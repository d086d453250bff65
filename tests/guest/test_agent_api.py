"""What the agent does to agent-api, the process that answers it, costs it its own `hold` and nobody else anything.

Runs in the controls image, with every guard on: only that image has a port by which a test can kill a shield process.
"""

import subprocess

from tests.guest.attacks import PRELUDE
from tests.guest.git_push import Push

# Until it is ended: connections that say nothing, rubbish, messages that announce more than there may be, calls whose answers
# nobody reads, and processors that are never idle.
FLOOD = PRELUDE + r"""
def connected():
    s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect('/run/anchorhold/bus'); return s
def talking():
    s = connected(); s.sendall(b'\0AUTH EXTERNAL ' + str(os.getuid()).encode().hex().encode() + b'\r\n'); s.recv(200); s.sendall(b'BEGIN\r\n'); return s
def idle(): held = [connected() for _ in range(20)]; time.sleep(0.2)
def rubbish(): connected().sendall(os.urandom(4096))
def huge():
    held = []
    for mib in (120, 50, 10, 4, 2, 1):
        held.append(talking()); held[-1].sendall(b'l\x01\0\x01' + struct.pack('<III', mib << 20, 1, 0) + bytes(64))
def field(code, kind, text): return bytes([code, 1]) + kind + b'\0' + struct.pack('<I', len(text)) + text + b'\0'
def padded(data, to=8): return data + bytes(-len(data) % to)
def call(serial):
    fields = b''.join(padded(field(*one)) for one in ((1, b'o', b'/org/anchorhold/Gate1'), (2, b's', b'org.anchorhold.Gate1'), (3, b's', b'Status')))
    return padded(b'l\x01\0\x01' + struct.pack('<III', 0, serial, len(fields)) + fields)
def deaf():
    s = talking()
    for serial in range(1, 100000): s.sendall(call(serial))
def busy():
    while True: pass
for work in (idle, rubbish, huge, deaf, busy, busy):
    if os.fork() == 0:
        while True:
            try: work()
            except OSError: pass
print('FLOODING', flush=True); time.sleep(3600)
"""


def lost(world, command: str) -> dict:
    seen = len(world.events())
    world.command(command)
    return world.wait_for_event(seen, "degraded")


def back(world, since: int) -> None:
    world.wait_for_event(since, "ready")


def test_flooded_starved_and_killed_while_a_push_waits(world, operator, repository):
    before = world.internet.branch(repository)
    push = Push(world, repository)
    push.wait_for("waiting for approval")
    operator.wait_for_request(repository)
    flood = subprocess.Popen(world.ssh_command("python3", "-"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert flood.stdin and flood.stdout
    flood.stdin.write(FLOOD)
    flood.stdin.close()
    assert [flood.stdout.readline(), flood.stdout.readline()] == ["BEGAN\n", "FLOODING\n"]
    for _ in range(3):
        seen = len(world.events())
        down = lost(world, "kill agent-api")
        assert "agent-api stopped" in down["why"] and "closed" not in down["why"], down
        back(world, seen)
    seen = len(world.events())
    down = lost(world, "hold agent-api")
    assert "agent-api stopped" in down["why"] and "closed" not in down["why"], down
    status = world.agent("timeout 60 hold status")
    assert status.returncode != 0, status.stdout
    assert world.agent("curl -sS -f -m 120 -o /dev/null https://api.demo.test/v1/while-the-api-is-down", seconds=180).returncode == 0
    assert world.internet.branch(repository) == before
    operator.wait_for_request(repository)
    operator.approve()
    assert push.finish() == 0, push.text
    assert world.internet.branch(repository) == push.commit
    assert not [event for event in world.events()[seen:] if event["event"] == "degraded" and "agent-api" not in event["why"]]
    flood.terminate()
    world.agent("pkill -9 -x python3")
    world.command("release agent-api")
    back(world, seen)
    world.wait_for_agent("hold status")


def test_it_answers_without_the_gatekeeper_that_there_is_none(world, operator):
    """So gate does not serve the agent: nothing of it runs here."""
    world.wait_for_agent("hold status")
    seen = len(world.events())
    assert "closed" in lost(world, "hold gate")["why"]
    status = world.agent("hold status")
    assert status.returncode == 1 and "not ready, no-gate: nothing may leave: the gatekeeper is not running" in status.stdout, status.stdout
    why = world.agent("hold why https://api.demo.test/v1/x")
    assert why.returncode == 1 and "the gatekeeper is not running" in why.stdout, why.stdout
    world.command("release gate")
    back(world, seen)
    operator.page.reload()
    operator.sign_in()
    world.wait_for_agent("hold status")
