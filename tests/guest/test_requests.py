"""Plain HTTP in the guest: what is allowed streams, what is refused says why, malformed pushes end in git's own words."""

import pytest


@pytest.mark.parametrize("tool", ["curl -sS -f", "wget -q -O -", "python3 -c 'import sys,urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())'",
                                  "node -e 'fetch(process.argv[1]).then(r => r.text()).then(console.log)'"])
def test_tools_trust_the_workstation_with_no_configuration(world, tool):
    end = world.agent(f"{tool} https://api.demo.test/v1/tool", seconds=180)
    assert "host=api.demo.test" in end.stdout, end.stdout + end.stderr


def test_a_refusal_names_rule_or_profile(world):
    end = world.agent("curl -sS -i https://api.demo.test/admin")
    assert "403" in end.stdout.splitlines()[0] and "profile demo" in end.stdout, end.stdout


@pytest.mark.parametrize("body", [
    b"00zz", b"0003", b"ffff" + b"x" * 20, b"0010not a command",
    b"00670000000000000000000000000000000000000000 1111111111111111111111111111111111111111 --mirror\0report-status0000",
])
def test_a_malformed_push_is_refused_and_nothing_leaves(world, repository, body):
    mark = len(world.internet.log("access.log"))
    end = world.agent(
        f"printf '{body.hex()}' | xxd -r -p >/tmp/b 2>/dev/null || python3 -c \"open('/tmp/b','wb').write(bytes.fromhex('{body.hex()}'))\"\n"
        f"curl -sS -i -H 'Content-Type: application/x-git-receive-pack-request' --data-binary @/tmp/b "
        f"https://git.demo.test/{repository}.git/git-receive-pack | tr -d '\\0'")
    assert "git-receive-pack HTTP" not in world.internet.log("access.log")[mark:]
    assert any(word in end.stdout for word in ("400", "refused", "unpack", "malformed")), end.stdout + end.stderr


def test_a_compressed_push_is_refused(world, repository):
    mark = len(world.internet.log("access.log"))
    end = world.agent(
        f"printf 0000 >/tmp/b; curl -sS -i -H 'Content-Encoding: br' -H 'Content-Type: application/x-git-receive-pack-request' "
        f"--data-binary @/tmp/b https://git.demo.test/{repository}.git/git-receive-pack")
    assert "git-receive-pack HTTP" not in world.internet.log("access.log")[mark:]
    assert "HTTP/1.1 415" in end.stdout and "a push with this Content-Encoding cannot be read" in end.stdout, end.stdout


def test_more_refs_than_a_person_can_judge_are_refused(world, repository):
    end = world.agent(f"""cd $(mktemp -d) && git clone -q https://git.demo.test/{repository} w && cd w
c=$(git rev-parse HEAD); for i in $(seq 1100); do echo "create refs/heads/b$i $c"; done | git update-ref --stdin
git push origin 'refs/heads/b*:refs/heads/b*' >/tmp/out 2>&1; echo EXIT $?; head -n 3 /tmp/out""", seconds=400)
    assert "EXIT 1" in end.stdout and "anchorhold: more than 1000 refs in one push" in end.stdout, end.stdout + end.stderr
    assert world.internet.branch(repository, "refs/heads/b1") == ""


def test_ten_thousand_refs_are_refused(world, repository):
    """The body that git would send; git itself first compares each of the names with every other, which takes it minutes here."""
    script = ("import sys; pkt = lambda t: f'{len(t) + 4:04x}{t}'; caps = '\\0 report-status side-band-64k'; "
              "sys.stdout.write(''.join(pkt('0' * 40 + ' ' + '1' * 40 + f' refs/heads/b{i}' + ('' if i else caps)) for i in range(10000)) + '0000PACK')")
    mark = len(world.internet.log("access.log"))
    end = world.agent(f"""python3 -c "{script}" | curl -sS -i -H 'Content-Type: application/x-git-receive-pack-request' \\
--data-binary @- https://git.demo.test/{repository}.git/git-receive-pack | tr -d '\\0'""")
    assert "200 OK" in end.stdout and "unpack more than 1000 refs in one push" in end.stdout, end.stdout[-500:] + end.stderr
    assert "ng refs" not in end.stdout
    assert "git-receive-pack HTTP" not in world.internet.log("access.log")[mark:]


def test_agent_api_outlives_messages_that_announce_more_than_it_may_hold(world):
    seen = len(world.events())
    end = world.agent(r"""python3 - <<'GREEDY'
import os, socket, struct, subprocess
held = []
for mib in (120, 50, 10, 4, 2, 1, 1):
    s = socket.socket(socket.AF_UNIX); s.connect('/run/anchorhold/bus'); s.settimeout(20)
    s.sendall(b'\0AUTH EXTERNAL ' + str(os.getuid()).encode().hex().encode() + b'\r\n'); s.recv(200); s.sendall(b'BEGIN\r\n')
    s.sendall(b'l\x01\0\x01' + struct.pack('<III', mib << 20, 1, 0) + bytes(64)); held.append(s)
for _ in range(20): status = subprocess.run(['hold', 'status'], capture_output=True, text=True)
print(status.returncode, status.stdout + status.stderr)
GREEDY""")
    assert end.stdout[:2] in ("0 ", "1 "), end.stdout + end.stderr  # 1: nobody could approve just now
    assert not [event for event in world.events()[seen:] if event["event"] == "degraded"]
