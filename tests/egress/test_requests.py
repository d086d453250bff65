"""Plain requests: what passes, what is refused and with which words, and that no credential comes back."""

import json
import subprocess

import pytest

from image.vm.wait import wait_until
from tests.egress.harness import SECRET, USER

API = "https://api.demo.test"
SHUT = """
table inet shut {
  chain output {
    type filter hook output priority filter
    oifname "lo" tcp dport 443 ct state new reject with tcp reset
  }
}
"""


def curl(world, *arguments):
    return world.inside("curl", "-sS", "-m", "30", *arguments)


def test_an_allowed_request_passes_and_is_recorded(world):
    end = curl(world, f"{API}/open/once?token=abc")
    assert "method=GET uri=/open/once?token=abc host=api.demo.test auth= " in end.stdout, end
    (record,) = world.audit.requests("/open/once")
    assert record["action_id"] == 1 and record["firewall_rule"]["uid"] == "open"
    assert "abc" not in json.dumps(record)


def test_the_log_has_what_left_and_what_came_back(world):
    big = world.directory / "left"
    big.write_bytes(b"x" * 65536)
    query = "q" * 300
    curl(world, "-H", "Transfer-Encoding: chunked", "--data-binary", f"@{big}", f"{API}/open/left?{query}")
    (end,) = world.audit.ends("/open/left")
    assert end["traffic"]["bytes_out"] > 65536 and end["traffic"]["bytes_in"] > 0 and end["http_response"]["code"] == 200, end
    assert end["unmapped"]["query_bytes"] == 300 and query not in json.dumps(end) and end["firewall_rule"]["uid"] == "open"
    end = curl(world, "-w", "%{http_code}", "https://inner.demo.test/never")
    (end,) = world.audit.ends("/never")
    assert "http_response" not in end and end["traffic"]["bytes"] == 0 and end["status_id"] == 2 and "private" in end["message"], end


def test_small_requests_that_went_well_are_told_of_together(world):
    # HEAD, as no other test asks: what others did just now would be told in the same sum.
    curl(world, "--head", *[f"{API}/open/small?{i}" for i in range(30)])

    def all_told():
        ends = [event for event in world.audit.events if "traffic" in event and event["http_request"]["http_method"] == "HEAD"]
        return ends if sum(event.get("count", 1) for event in ends) == 30 else []

    ends = wait_until(all_told, "the ends of 30 requests", lambda: str(world.audit.events))
    assert sum(event["unmapped"]["query_bytes"] for event in ends) == 50 and all(event["http_response"]["code"] == 200 for event in ends)


def test_both_families_reach_the_same_name(world):
    for family in ("-4", "-6"):
        assert "uri=/open/f" in curl(world, family, f"{API}/open/f").stdout


def test_the_credential_is_placed_and_never_seen(world):
    end = curl(world, "-i", "-H", "Authorization: Bearer mine", f"{API}/echo/once")
    assert "auth=Bearer " + "*" * len(SECRET) in end.stdout, end
    assert SECRET not in end.stdout and "mine" not in end.stdout
    assert f"auth=Bearer {SECRET}" in world.internet.log("access.log")
    # That it came back is told by itself.
    record, *more = wait_until(lambda: told if len(told := world.audit.requests("/echo/once")) > 1 else None, "two records")
    assert sum("came back" in json.dumps(each) for each in more) == 1 and SECRET not in json.dumps(more)
    assert SECRET not in json.dumps(record) and record["firewall_rule"]["uid"] == "echo"


def test_no_part_of_an_answer_is_asked_for_where_the_host_has_a_credential(world):
    """Two parts could each hold half of an echoed secret."""
    assert "range= " in curl(world, "-H", "Range: bytes=0-3", f"{API}/open/part").stdout
    assert "range= " in curl(world, "-H", "Range: bytes=0-3", "-H", 'If-Range: "x"', f"{API}/echo/part").stdout


def test_agents_authorization_is_dropped_where_the_host_has_a_credential(world):
    assert "auth= " in curl(world, "-H", "Authorization: Bearer mine", f"{API}/open/a").stdout


def test_an_encoded_slash_goes_out_as_it_was_written(world):
    assert "uri=/open/@acme%2fapp " in curl(world, f"{API}/open/@acme%2fapp").stdout


def test_an_odd_path_passes_where_all_its_readings_are_judged_alike(world):
    for path in ("/open/web/2024/https://example.com/a//b", "/open/100%25", "/open/a/%2e/b", "/open/What%3F"):
        assert f"uri={path} " in curl(world, "--path-as-is", f"{API}{path}").stdout
    assert curl(world, "-o", "/dev/null", "-w", "%{http_code}", f"{API}/open/%FCber").stdout == "200"


def test_a_path_whose_readings_are_judged_differently_is_refused_by_name(world):
    for path in ("/open/..%20/x", "/open/..%3f/x", "/open/.../x", "/open/%EF%BC%8E%EF%BC%8E/x", "/open/%252e%252e/x"):
        end = curl(world, "-w", "%{http_code}", "--path-as-is", f"{API}{path}")
        assert end.stdout.endswith("403") and "in more than one way" in end.stdout and "by rule open" in end.stdout, end


def test_a_second_path_is_judged_as_the_first(world):
    passed = curl(world, "-X", "MOVE", "-H", f"Destination: {API}/open/b", f"{API}/open/a")
    assert "method=MOVE uri=/open/a" in passed.stdout, passed
    for named in (f"{API}/other", "/other", f"{API}/open/..%2fx", "https://git.demo.test/open/b", f"{API}/echo/b"):
        end = curl(world, "-w", "%{http_code}", "-X", "MOVE", "-H", f"Destination: {named}", f"{API}/open/a")
        assert end.stdout.endswith("403") and "Destination" in end.stdout, end


def test_no_parameter_or_field_makes_another_method_that_is_judged_differently(world):
    """The rule of /echo has GET, POST and HEAD; that of /open any method."""
    for more in (["-X", "POST", f"{API}/echo/a?_method=DELETE"], ["-d", "a=b&_method=DELETE", f"{API}/echo/a"],
                 ["-F", "a=b", "-F", "_method=DELETE", f"{API}/echo/a"], ["-H", "X-Forwarded-Method: PUT", f"{API}/open/a"]):
        end = curl(world, "-w", "%{http_code}", *more)
        assert end.stdout.endswith("400") and "another" in end.stdout, end
    long = world.directory / "long"
    long.write_text("a=" + "b" * 300000 + "&%5fmethod=DELETE")
    end = curl(world, "-w", "%{http_code}", "--data-binary", f"@{long}", f"{API}/echo/long-form")
    assert end.stdout.endswith("400") and "another method" in end.stdout, end
    end = curl(world, "-w", "%{http_code}", "-H", "Content-Encoding: gzip", "-d", "packed", f"{API}/echo/packed-form")
    assert end.stdout.endswith("415") and "send it plain" in end.stdout, end
    assert "method=POST" in curl(world, "-d", "_method=DELETE", f"{API}/open/a?_method=DELETE").stdout


def test_nobody_is_asked_about_a_form_that_makes_another_method(world):
    for form in (["-d", "amount=5&_method=DELETE"], ["-F", "_method=DELETE"]):
        end = curl(world, "-w", "%{http_code}", *form, f"{API}/ask/form")
        assert end.stdout.endswith("400") and "another method" in end.stdout, end
    assert not world.gate.asks


def test_with_a_credential_every_other_way_to_log_in_is_left_out(world):
    fields = ("Cookie: mine", "X-Api-Key: mine", "Private-Token: mine", "Sudo: mine", "X-Forwarded-User: mine", "X-Plain: yours")
    for path, logins in (("/echo/x", ",,,,"), ("/open/x", "mine,mine,mine,mine,")):
        end = curl(world, *[word for field in fields for word in ("-H", field)], f"{API}{path}")
        assert f"logins={logins} claims=,, plain=yours" in end.stdout, end
    end = curl(world, "-w", "%{http_code}", f"{API}/echo/a?access_token=mine")
    assert end.stdout.endswith("400") and "second way to log in" in end.stdout, end


def test_what_no_rule_lists_is_refused_with_words(world):
    end = curl(world, "-w", "%{http_code}", f"{API}/other")
    assert end.stdout.endswith("403") and "profile demo version 1" in end.stdout and f"hold why {API}/other" in end.stdout
    (record,) = world.audit.requests("/other")
    assert record["action_id"] == 2


def test_an_unlisted_name_is_refused_with_words(world):
    for url in ("https://unlisted.test/", "http://unlisted.test/"):
        end = curl(world, "-w", "%{http_code}", url)
        assert end.stdout.endswith("403") and "no rule lists unlisted.test" in end.stdout, end
        assert f"hold why {url}" in end.stdout
    assert "unlisted" not in world.internet.log("access.log")


def test_another_server_name_is_refused_in_the_handshake(world):
    address = world.inside("getent", "ahostsv4", "api.demo.test").stdout.split()[0]
    end = curl(world, "--connect-to", f"git.demo.test:443:{address}:443", "https://git.demo.test/")
    assert end.returncode == 35 and "unrecognized name" in end.stderr, end
    assert world.audit.heard(lambda event: "is not api.demo.test" in json.dumps(event))


def test_no_server_name_is_refused(world):
    address = world.inside("getent", "ahostsv4", "api.demo.test").stdout.split()[0]
    assert curl(world, "-k", f"https://{address}/").returncode == 35


def test_another_host_is_misdirected(world):
    end = curl(world, "-w", "%{http_code}", "-H", "Host: git.demo.test", f"{API}/open/x")
    assert end.stdout.endswith("421") and "Host is git.demo.test" in end.stdout, end


def test_plain_http_passes_without_credential_only(world):
    assert "you reached port 80" in curl(world, "http://api.demo.test/open/x").stdout
    end = curl(world, "-w", "%{http_code}", "http://api.demo.test/echo/x")
    assert end.stdout.endswith("503") and "TLS" in end.stdout, end


def test_ambiguous_requests_never_leave(world):
    script = """
import socket, ssl, sys
for text in (b"GET /open/x HTTP/1.1\\r\\nHost: api.demo.test\\r\\nHost: api.demo.test\\r\\n\\r\\n",
             b"POST /open/x HTTP/1.1\\r\\nHost: api.demo.test\\r\\nContent-Length: 3\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
             b"GET http://git.demo.test/open/x HTTP/1.1\\r\\nHost: api.demo.test\\r\\n\\r\\n"):
    s = ssl.create_default_context().wrap_socket(socket.create_connection(("api.demo.test", 443)), server_hostname="api.demo.test")
    s.send(text)
    print(s.recv(4096).split(b"\\r\\n")[0].decode())
"""
    end = world.inside("python3", "-c", script)
    assert end.stdout.count("HTTP/1.1 400") == 3, end


def test_a_body_goes_up_whole_and_an_answer_comes_back_whole(world):
    big = world.directory / "big"
    big.write_bytes(b"0123456789abcdef" * (1 << 16))
    for more in ([], ["-H", "Transfer-Encoding: chunked"], ["-H", "Expect: 100-continue"]):
        end = curl(world, "-w", "%{http_code}", *more, "--data-binary", f"@{big}", f"{API}/open/up")
        assert end.stdout.endswith("200") and "method=POST" in end.stdout, end


def test_keep_alive_serves_many_requests_on_one_connection(world):
    end = curl(world, "-w", "%{num_connects} ", *[f"{API}/open/{i}" for i in range(5)])
    assert end.stdout.count("uri=/open/") == 5, end
    assert end.stdout.rstrip().endswith("0"), end


def test_an_upstream_at_a_private_address_is_refused(world):
    end = curl(world, "-w", "%{http_code}", "https://inner.demo.test/")
    assert end.stdout.endswith("502") and "private" in end.stdout, end


def test_a_shut_fence_is_told(world):
    world.fence.refuse = 1
    end = curl(world, "-w", "%{http_code}", "https://shut.demo.test/")
    assert end.stdout.endswith("502") and "open the fence" in end.stdout, end


def test_an_opening_that_a_new_firewall_has_lost_is_asked_for_again(world):
    assert "uri=/open/x" in curl(world, f"{API}/open/x").stdout
    leases = world.gate.leases
    world.gate.change(world.profile)  # drops leases and idle connections
    wait_until(lambda: "uri=/echo/x" in curl(world, f"{API}/echo/x").stdout and world.gate.leases > leases, "a new lease")
    before = len(world.fence.opened)
    subprocess.run(["nft", "-f", "-"], input=SHUT, text=True, check=True)
    world.fence.opening = lambda: subprocess.run(["nft", "delete", "table", "inet", "shut"], check=False)
    end = curl(world, f"{API}/open/x")
    world.fence.opening()
    world.fence.opening = lambda: None
    assert "uri=/open/x" in end.stdout and len(world.fence.opened) == before + 1, end


def test_without_auditor_nothing_passes(world):
    world.audit.kill()
    world.until_requests("/open/x", "auditor is not running")
    end = curl(world, "-w", "%{http_code}", f"{API}/open/x")
    assert end.stdout.endswith("503"), end
    world.audit.start()
    world.until_all_is_well()


def test_an_auditor_that_cannot_write_stops_requests_until_it_can(world):
    world.audit.failing = "disk full"
    world.until_requests("/open/x", "disk full")
    end = curl(world, "-w", "%{http_code}", f"{API}/open/x")
    assert end.stdout.endswith("503") and "disk full" in end.stdout, end
    world.audit.failing = ""
    world.until_all_is_well()


def test_without_gatekeeper_or_profile_nothing_passes(world):
    world.gate.change("")
    world.until_requests("/open/x", "older than the last one")
    assert curl(world, "-w", "%{http_code}", f"{API}/open/x").stdout.endswith("503")
    world.gate.kill()
    world.until_requests("/open/x", "gatekeeper is not running")
    assert curl(world, "-w", "%{http_code}", f"{API}/open/x").stdout.endswith("503")
    world.gate.profile = world.profile
    world.gate.start()
    world.until_all_is_well()


def test_a_refused_lease_refuses_the_request(world):
    world.gate.change(world.profile)  # forgets leases
    world.gate.lease_reply = {"type": "refused", "reason": "the vault has no such secret"}
    world.until_requests("/echo/x", "no such secret")
    end = curl(world, "-w", "%{http_code}", f"{API}/echo/x")
    assert end.stdout.endswith("503") and "no such secret" in end.stdout, end


def test_a_held_request_is_spent_once_by_the_identical_retry(world):
    world.gate.person = "approve"
    end = curl(world, "-d", "amount=5", f"{API}/ask/pay")
    assert "method=POST uri=/ask/pay" in end.stdout and SECRET not in end.stdout, end
    assert len(world.gate.consumed) == 1
    assert world.gate.consumed[0]["action"]["kind"] == "http.request"
    world.gate.person = "deny"
    end = curl(world, "-w", "%{http_code}", "-d", "amount=5", f"{API}/ask/pay")
    assert end.stdout.endswith("403") and "not on a Friday" in end.stdout, end
    assert len(world.gate.asks) == 2


def test_a_held_request_is_answered_pending_and_can_be_taken_up_again(world):
    end = curl(world, "-w", "%{http_code}", "-d", "late=1", f"{API}/ask/late")
    assert end.stdout.endswith("403") and "pending: request r1" in end.stdout, end
    world.gate.verdict("approved")
    assert "uri=/ask/late" in curl(world, "-d", "late=1", f"{API}/ask/late").stdout
    assert len(world.gate.asks) == 1 and len(world.gate.consumed) == 1


def test_another_header_field_is_another_question(world):
    action = ("-d", "table=prod", f"{API}/ask/table")
    curl(world, "-H", "X-Action: Describe", *action)
    world.gate.verdict("approved")
    end = curl(world, "-w", "%{http_code}", "-H", "X-Action: Delete", *action)
    assert end.stdout.endswith("403") and "pending" in end.stdout, end
    assert [header for ask in world.gate.asks for header in ask["action"]["headers"] if header["name"] == "x-action"] == [
        {"name": "x-action", "value": "Describe"}, {"name": "x-action", "value": "Delete"}]
    assert not world.gate.consumed


@pytest.mark.parametrize("field", ["X-HTTP-Method-Override: DELETE", "x-original-url: /admin"])
def test_a_field_that_makes_another_request_of_it_is_refused(world, field):
    end = curl(world, "-w", "%{http_code}", "-H", field, f"{API}/open/x")
    assert end.stdout.endswith("400") and field.split(":")[0].lower() in end.stdout.lower(), end


def test_a_question_that_gate_does_not_take_in_time_is_withdrawn(world):
    """Otherwise a person could approve what will not be sent."""
    world.gate.person = "deaf"
    end = curl(world, "-w", "%{http_code}", "-d", "deaf=1", f"{API}/ask/deaf")
    assert end.stdout.endswith("403") and "did not take the question" in end.stdout, end
    wait_until(lambda: world.gate.cancelled, "the withdrawal")
    assert world.gate.cancelled == [world.gate.asks[0]["id"]]


def test_the_resolver_answers_the_cell_and_asks_nobody(world):
    before = world.internet.log("dns.log").count("unlisted.test")
    end = world.inside("getent", "ahosts", "unlisted.test")
    assert "198.18.0.5" in end.stdout and "fd61:6e63:686f:1::5" in end.stdout, end
    assert world.internet.log("dns.log").count("unlisted.test") == before
    assert world.audit.heard(lambda event: event["class_uid"] == 4003)
    assert USER not in json.dumps(world.audit.events)


def test_dns_over_tcp(world):
    script = ("import socket; q = b'\\x12\\x34\\x01\\x00\\x00\\x01' + bytes(6) + b'\\x03api\\x04demo\\x04test\\x00\\x00\\x01\\x00\\x01'; "
              "s = socket.create_connection(('198.18.0.1', 53)); s.send(len(q).to_bytes(2, 'big') + q); r = s.recv(512); "
              "print(r[2:4].hex(), socket.inet_ntoa(r[-4:]))")
    end = world.inside("python3", "-c", script)
    assert end.stdout.startswith("1234") and "198.1" in end.stdout, end


def test_the_process_cannot_be_read(world):
    status = open(f"/proc/{world.egress.pid}/status").read()
    assert "VmLck:\t       0 kB" not in status
    limits = open(f"/proc/{world.egress.pid}/limits").read()
    assert "Max core file size        0                    0" in limits
