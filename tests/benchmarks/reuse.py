"""reuse.py BUILD: what a connection of its own costs each request that has a body: egress' CPU for POSTs of 1 KiB over one kept connection of
the client, with a TLS connection to nginx for each, against a host for which the profile says reuse_after_body.

The harness of tests/egress with the release egress. Rounds take turns; the median of each counts. Last line: reuse ratio=R (A ms, B ms).
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from tests.egress import conftest, harness

ROUNDS, REQUESTS = 5, 200

CLIENT = f"""
import http.client, ssl
connection = http.client.HTTPSConnection("api.demo.test", context=ssl.create_default_context(), timeout=60)
for _ in range({REQUESTS}):
    connection.request("POST", "/open/x", b"x" * 1024)
    answer = connection.getresponse()
    assert answer.status == 200 and answer.read()
"""


def cpu_milliseconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def once(egress_harness: harness.EgressHarness) -> float:
    before = cpu_milliseconds(egress_harness.egress.pid)
    end = egress_harness.inside("python3", "-c", CLIENT, timeout=300)
    if end.returncode != 0:
        raise SystemExit(f"reuse.py: {end.stderr}")
    return (cpu_milliseconds(egress_harness.egress.pid) - before) / REQUESTS


def main() -> None:
    egress_harness = harness.EgressHarness(Path(sys.argv[1]) / "shield/egress/egress", Path(tempfile.mkdtemp(prefix="reuse-", dir="/tmp")), conftest.profile)
    name = 'name = "api.demo.test"\n'
    profiles = [egress_harness.profile, egress_harness.profile.replace(name, name + "reuse_after_body = true\n", 1)]
    seen: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for each, text in zip(seen, profiles, strict=True):
            egress_harness.gate.change(text)
            egress_harness.until_all_is_well()
            each.append(once(egress_harness))
    egress_harness.stop()
    own, kept = (statistics.median(each) for each in seen)
    print(f"reuse ratio={own / kept:.2f} ({own:.2f} ms, {kept:.2f} ms)")


if __name__ == "__main__":
    main()
