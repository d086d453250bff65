"""What is refused without end is told by number. Named to come last: it uses up what egress may tell of each refusal by itself."""

import time

REFUSED = 400

SCRIPT = """
import http.client, ssl, sys
connection = http.client.HTTPSConnection("api.demo.test", context=ssl.create_default_context())
for i in range(int(sys.argv[1])):
    connection.request("GET", f"/nowhere/{i}")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 403, answer.status
"""


def test_requests_refused_without_end_are_told_by_number(world):
    end = world.inside("python3", "-c", SCRIPT, str(REFUSED))
    assert end.returncode == 0, end
    told = [event.get("count", 1) for event in world.audit.requests()]
    assert 0 < len(told) < REFUSED, len(told)
    assert len(told) <= sum(told) <= REFUSED, told
    time.sleep(1.5)  # one a second is told again
    assert world.inside("python3", "-c", SCRIPT, "1").returncode == 0
    assert world.audit.heard(lambda event: event.get("count", 1) > 1), "the others were never counted"
    assert sum(event.get("count", 1) for event in world.audit.requests()) == REFUSED + 1
