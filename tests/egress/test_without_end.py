"""What is refused without end is told by number. Named to come last: it uses up what egress may tell of each refusal by itself."""

REFUSED = 400

SCRIPT = f"""
import http.client, ssl
connection = http.client.HTTPSConnection("api.demo.test", context=ssl.create_default_context())
for i in range({REFUSED}):
    connection.request("GET", f"/nowhere/{{i}}")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 403, answer.status
"""


def test_requests_refused_without_end_are_told_by_number(world):
    end = world.inside("python3", "-c", SCRIPT)
    assert end.returncode == 0, end
    told = [event.get("count", 1) for event in world.audit.requests()]
    assert 0 < len(told) < REFUSED, len(told)
    assert len(told) <= sum(told) <= REFUSED, told
