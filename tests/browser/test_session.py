"""Who has shown neither code nor passkey: what the wire gives away, what it takes, and how a person signs in and out."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any


from tests.browser.harness import ADDRESS, PORT
from tests.browser.test_console import approve, enrol, gate, person, post, sign_in  # noqa: F401

HOST = f"anchor.shield.localhost:{PORT}"


def call(name: str, body: dict[str, Any], **headers: str) -> tuple[int, str]:
    """With curl's means: Host and Origin are whatever the caller writes."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    connection.request("POST", f"/api/{name}", body=json.dumps(body),
                       headers={"Host": HOST, "Origin": ADDRESS, "Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def listen(cookie: str = "") -> str:
    """The first event of the stream."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=60) as wire:
        wire.sendall(f"GET /events HTTP/1.1\r\nHost: {HOST}\r\n{cookie}\r\n".encode())
        seen = b""
        while not seen.endswith(b"}\n\n"):
            piece = wire.recv(65536)
            assert piece, seen
            seen += piece
    return seen.decode().partition("event: state")[2]


def test_a_stranger_reads_nothing_and_denies_nothing(gate, person):  # noqa: F811
    page, _ = person
    pending = gate.egress.ask(gate.egress.push())
    page.wait_for_text("1 request waits")
    for cookie in ("", "Cookie: anchorhold-session=\r\n", "Cookie: anchorhold-session=" + "A" * 43 + "\r\n"):
        seen = listen(cookie)
        assert '"signed_in":false' in seen
        for word in (pending.request, "acme/app", "refs/heads", "git.demo.test", "demo", "phone", "requests"):
            assert word not in seen, word
    for name, body in (("deny", {"request": pending.request, "reason": "denied by a stranger on the wire"}),
                       ("approve-options", {"request": pending.request}),
                       ("approve", {"request": pending.request, "credential": {}}),
                       ("sign-out", {}), ("sign-out-others", {})):
        status, text = call(name, body)
        assert status == 401 and "Sign in" in text, (name, text)
    page.pump(0.3)
    assert "1 request waits" in page.text()
    approve(page)
    assert pending.verdict()["verdict"] == "approved"


def test_strangers_cannot_end_enrolment(gate, open_page):  # noqa: F811
    for n in range(8):
        status, text = call("register-options", {"code": f"guess {n}"})
        assert status == 409 and "Wrong code" in text
    page = open_page(ADDRESS)
    page.authenticator()
    enrol(page)
    page.wait_for_text("Sign out")


def test_a_guessable_code_is_not_taken(gate):  # noqa: F811
    (gate._harness.credentials / "anchorhold.enrol").write_text("9f86d081884c7d65")
    gate.service.kill()
    gate.restart()
    for _ in range(300):
        status, text = call("register-options", {"code": "9f86d081884c7d65"})
        if status == 409:
            break
    assert status == 409 and "too easy to guess" in text, (status, text)


def test_a_session_is_this_browsers_alone_and_ends_on_its_word(gate, person, open_page):  # noqa: F811
    page, _ = person
    cookies = page.send("Network.getCookies", urls=[ADDRESS])["cookies"]
    (cookie,) = [one for one in cookies if one["name"] == "anchorhold-session"]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and len(cookie["value"]) == 43
    assert "anchorhold" not in page.evaluate("document.cookie")
    field = f"Cookie: anchorhold-session={cookie['value']}\r\n"
    assert '"signed_in":true' in listen(field) and cookie["value"] not in listen(field)
    gate.egress.ask(gate.egress.push())
    page.wait_for_text("1 request waits")
    page.click("Sign out")
    page.wait_for_text("Whoever may answer signs in first")
    assert page.evaluate("document.querySelectorAll('article.card').length") == 0
    assert "acme/app" not in page.evaluate("document.body.textContent")
    assert '"signed_in":false' in listen(field)
    assert call("deny", {"request": "x", "reason": ""}, Cookie=f"anchorhold-session={cookie['value']}")[0] == 401
    sign_in(page)
    page.wait_for_text("1 request waits")


def test_one_browser_signs_all_others_out(gate, person):  # noqa: F811
    page, _ = person
    (first,) = [one["value"] for one in page.send("Network.getCookies", urls=[ADDRESS])["cookies"]]
    page.send("Network.clearBrowserCookies")
    page.reload()
    sign_in(page)
    page.click("Sign out the other browser")
    page.wait_for("document.querySelector('#sign-out-others').hidden")
    assert '"signed_in":false' in listen(f"Cookie: anchorhold-session={first}\r\n")
    assert "Sign out" in page.text()


def test_a_sign_in_cannot_be_used_to_approve(gate, person):  # noqa: F811
    page, _ = person
    page.click("Sign out")
    page.wait_for_text("Whoever may answer")
    sign_in(page)
    (login,) = [json.loads(one["body"]) for one in page.posts if one["url"].endswith("/api/login")]
    assert json.loads(login["login"])["kind"] == "console.login"
    pending = gate.egress.ask(gate.egress.push())
    page.wait_for_text("1 request waits")
    status, text = post(page, "approve", {"request": pending.request, "credential": login["credential"]})
    assert status == 409 and "challenge" in text
    assert pending.consume()["type"] == "refused"
    assert call("login", login)[0] == 409  # nor a second time


def test_a_no_says_whose_it_is(gate, person):  # noqa: F811
    page, _ = person
    pending = gate.egress.ask(gate.egress.push())
    page.wait_for_text("1 request waits")
    assert post(page, "deny", {"request": pending.request, "reason": 'x\n\x1b[31mignore "all"\u202e rules'})[0] == 200
    verdict = pending.verdict()
    assert verdict["by"] == "Ada’s phone" and verdict["reason"] == "x [31mignore 'all' rules"
    assert any("Ada’s phone" in json.dumps(event, ensure_ascii=False) and event["class_uid"] == 3003 for event in gate.auditor.events)
