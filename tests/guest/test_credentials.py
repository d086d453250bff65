"""P1: the agent never holds a real credential, wherever it looks and whatever it makes a server echo."""

import base64
import json
import shlex

import pytest

from image.vm.secret_encodings import recovered
from tests import size_oracle

# Looks through every file, process and environment that the agent can read, for the `needles` of the lines before it.
SEARCH = r"""
import os, subprocess, sys
found, read, memory_read = [], 0, 0
# Another's memory can be read by who started it, and this one has just used a credential and seen the answer.
CHILD = '''
import sys, time, urllib.request
kept = [urllib.request.urlopen("https://api.demo.test/v1/seen").read(), "in-mem" + "ory-needle"]
print("there", flush=True)
time.sleep(600)
'''
child = subprocess.Popen([sys.executable, "-c", CHILD], stdout=subprocess.PIPE)
child.stdout.readline()
def look(path, limit=64 << 20):
    global read
    try:
        with open(path, 'rb') as f:
            tail = b''
            while (part := f.read(1 << 20)) and limit > 0:
                limit -= len(part); read += len(part)
                if any(n in tail + part for n in needles): found.append(path); return
                tail = part[-200:]
    except (OSError, ValueError): pass
for top in ('/home', '/tmp', '/var', '/run', '/etc', '/root', '/dev/shm', '/usr/share/anchorhold', '/usr/lib/anchorhold', '/sys/firmware', '/sys/class/dmi'):
    for directory, _, files in os.walk(top):
        for name in files:
            path = os.path.join(directory, name)
            if os.path.isfile(path): look(path)
# The search itself holds the needles, and so does the shell that it came through.
for pid in (p for p in os.listdir('/proc') if p.isdigit() and int(p) not in (os.getpid(), os.getppid())):
    for name in ('environ', 'cmdline', 'maps', 'status'): look(f'/proc/{pid}/{name}')
    try:
        for line in open(f'/proc/{pid}/maps'):
            bounds, access = line.split()[:2]
            if 'r' not in access or 'vvar' in line or 'vsyscall' in line: continue
            a, b = (int(x, 16) for x in bounds.split('-'))
            with open(f'/proc/{pid}/mem', 'rb') as memory:
                memory.seek(a); data = memory.read(min(b - a, 64 << 20)); memory_read += len(data)
                if any(n in data for n in needles): found.append(f'/proc/{pid}/mem {line.strip()}')
    except (OSError, ValueError, OverflowError): pass
for name in ('cmdline', 'mounts', 'keys'): look(f'/proc/{name}')
child.kill()
print('READ', read, memory_read); print('FOUND', sorted(set(found)))
"""


def search(world, needles: list[str], before: str = "") -> tuple[str, int, int]:
    """What was found, bytes read of files, bytes read of memory."""
    # The needles go in as halves, so that nobody finds the text of the search.
    halves = ",".join(f"({n[: len(n) // 2]!r},{n[len(n) // 2 :]!r})" for n in needles)
    script = f"needles = [(a + b).encode() for a, b in [{halves}]]\n{SEARCH}"
    end = world.agent(f"{before}\npython3 - <<'SEARCH'\n{script}\nSEARCH", seconds=400)
    assert "FOUND" in end.stdout, end.stdout + end.stderr
    files, memory = end.stdout.split("READ ")[1].split()[:2]
    return end.stdout.split("FOUND ")[1], int(files), int(memory)


def forms(secret: str, user: str | None = None) -> list[str]:
    plain = [secret, secret.encode().hex()]
    return plain + [base64.b64encode(f"{user}:{secret}".encode()).decode()] if user else plain


def test_no_credential_is_anywhere_the_agent_can_read(world):
    found, files, memory = search(world, [*forms(world.git_password, "agent-bot"), *forms(world.api_token), world.enrol_code])
    assert found.strip() == "[]"
    assert files > 1_000_000 and memory > 1_000_000, "the search looked at nothing"


def test_the_search_finds_what_is_there(world):
    """The control: planted needles are found, so finding nothing means something."""
    found, *_ = search(world, ["planted-needle", "in-memory-needle"], before="printf planted-needle > ~/planted")
    world.agent("rm ~/planted")
    assert "/home/agent/planted" in found and "/mem " in found, found


def test_the_credential_is_placed_and_what_echoes_it_is_scrubbed(world):
    end = world.agent("curl -sS -i https://api.demo.test/v1/echo")
    assert end.returncode == 0 and "200 OK" in end.stdout, end.stdout + end.stderr
    assert world.api_token not in end.stdout + end.stderr
    assert world.internet.logged(f"auth=Bearer {world.api_token}"), "the server never got the credential"


def test_what_echoes_it_in_another_spelling_is_scrubbed(world):
    end = world.agent("curl -sS https://api.demo.test/v1/encodings")
    assert recovered(end.stdout, world.api_token) == [], end.stdout


@pytest.mark.parametrize("header", ["Authorization: Bearer mine", "authorization: Basic bWluZQ=="])
def test_what_the_agent_sends_in_its_place_is_dropped(world, header):
    end = world.agent(f"curl -sS -H '{header}' https://api.demo.test/v1/placed")
    assert "mine" not in end.stdout and "bWluZQ" not in end.stdout, end.stdout


def test_a_credential_stays_with_its_own_host(world):
    mark = len(world.internet.log("access.log"))
    world.agent("curl -sS https://api.demo.test/v1/scope; curl -sS https://unlisted.test/; git ls-remote https://git.demo.test/acme/app")
    new = world.internet.log("access.log")[mark:]
    for line in new.splitlines():
        if world.api_token in line:
            assert " api.demo.test " in line
    assert " unlisted.test " not in new


def test_the_sizes_of_what_comes_tell_nothing_of_a_guess(world):
    token = world.api_token
    guess = shlex.join([token[:12], token[12]])
    end = world.agent(f"timeout 500 python3 - {guess} <<'ORACLE'\n{size_oracle.PROGRAM}\nORACLE\n", seconds=520)
    assert end.returncode == 0, end.stderr
    size_oracle.judge(json.loads(end.stdout), token[12])
