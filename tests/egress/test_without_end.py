"""What is refused without end is told by number. Named to come last: it uses up what egress may tell of each refusal by itself."""

import json
import time

from image.vm.wait import wait_until

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


def told(world):
    """How often, in each record."""
    return [event.get("count", 1) for event in world.audit.events if "/nowhere/" in json.dumps(event)]


def test_requests_refused_without_end_are_told_by_number(world):
    end = world.inside("python3", "-c", SCRIPT, str(REFUSED))
    assert end.returncode == 0, end
    wait_until(lambda: told(world), "a record")
    assert len(told(world)) < REFUSED, told(world)
    time.sleep(1.5)  # one a second is told again
    assert world.inside("python3", "-c", SCRIPT, "1").returncode == 0
    wait_until(lambda: sum(told(world)) >= REFUSED + 1, "the count of them all", lambda: str(told(world)))
    assert sum(told(world)) == REFUSED + 1 and max(told(world)) > 1, told(world)
