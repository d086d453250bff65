"""The whole way of an approval: the agent's push asked through the real gatekeeper, the real console, a real browser
with a passkey, and the verdict and lease that come back. Played here are only egress and the auditor."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.browser.chromium import Authenticator, Page
from tests.browser.gatekeeper import CODE, SECRET, Gatekeeper
from tests.browser.harness import ADDRESS, Harness

READY = "document.querySelector('button.approve[aria-describedby]')?.getAttribute('aria-disabled') === 'false'"

CONFIRM = "document.querySelector('#approval[open] #approval-confirm')?.getAttribute('aria-disabled') === 'false'"
PROBLEM = "!document.querySelector('#approval-problem').hidden"


@pytest.fixture
def gate(harness: Harness) -> Iterator[Gatekeeper]:
    made = Gatekeeper(harness)
    made.console = console = harness.start_console()
    console.wait_ready()
    yield made
    made.close()


def enrol(page: Page, name: str = "Ada’s phone", code: str = CODE) -> None:
    page.open(f"{ADDRESS}/#enrol={code}")
    page.wait_for("document.querySelector('#enrol-code').value !== ''")
    page.evaluate(f"document.querySelector('#enrol-name').value = {json.dumps(name)}")
    page.click("Register passkey")


@pytest.fixture
def person(gate: Gatekeeper, open_page) -> tuple[Page, Authenticator]:
    page = open_page(ADDRESS)
    passkeys = page.authenticator()
    enrol(page)
    page.wait_for_text("Register another passkey")
    return page, passkeys


def approve(page: Page) -> None:
    """As a person does it: a button that cannot be pressed yet is waited for."""
    page.wait_for(READY)
    page.click("Review and approve")
    page.wait_for(CONFIRM)
    page.click("Approve with passkey")


def sign_in(page: Page) -> None:
    page.click("Sign in with your passkey")
    page.wait_for_text("Sign out")


def post(page: Page, call: str, body: dict[str, Any]) -> tuple[int, str]:
    """As the page itself would: same origin, same headers."""
    return tuple(page.evaluate(f"""fetch('/api/{call}', {{method: 'POST', headers: {{'Content-Type': 'application/json'}},
        body: {json.dumps(json.dumps(body))}}}).then(async (answer) => [answer.status, await answer.text()])"""))


def sent(page: Page, call: str, awaited: bool = False) -> list[dict[str, Any]]:
    for _ in range(300):
        page.pump(0.2)
        found = [json.loads(one["body"]) for one in page.posts if one["url"] == f"{ADDRESS}/api/{call}"]
        if found or not awaited:
            break
    return found


def test_approved_and_leased_once(gate, person):
    page, _ = person
    pending = gate.egress.ask(gate.egress.push())
    assert pending.url.startswith(ADDRESS)
    page.wait_for_text("push acme/app")
    approve(page)
    verdict = pending.verdict()
    assert verdict["verdict"] == "approved" and verdict["by"] == "Ada’s phone"
    page.wait_for_text("Nothing waits for you")
    page.wait_for_text("approved")
    page.wait_for_text("by Ada’s phone")
    lease = pending.consume()
    assert lease["secret"] == SECRET
    assert pending.consume()["type"] == "refused"
    told = json.dumps(gate.auditor.events)
    assert pending.request in told and SECRET not in told


def test_other_bytes_than_those_approved_get_no_lease(gate, person):
    page, _ = person
    pending = gate.egress.ask(gate.egress.push())
    approve(page)
    assert pending.verdict()["verdict"] == "approved"
    assert pending.consume(body_sha256="00" * 32)["type"] == "refused"


def test_denied_with_the_persons_words(gate, person):
    page, _ = person
    pending = gate.egress.ask(gate.egress.push())
    page.wait_for(READY)
    page.evaluate("document.querySelector('.reason').open = true")
    page.evaluate("document.querySelector('.reason input').focus()")
    page.type("rebase first")
    page.press("Enter")
    verdict = pending.verdict()
    assert verdict["verdict"] == "denied" and "rebase first" in verdict["reason"]
    page.wait_for_text("denied")
    assert pending.consume()["type"] == "refused"


def test_a_wrong_code_registers_nothing(gate, open_page):
    page = open_page(ADDRESS)
    passkeys = page.authenticator()
    enrol(page, code="not-the-code")
    page.wait_for("!document.querySelector('#enrol-problem').hidden")
    assert passkeys.credentials() == []
    assert sent(page, "register") == []


def test_the_code_is_good_for_one_passkey(gate, person, open_page):
    page = open_page(ADDRESS)
    page.authenticator()
    enrol(page, "Somebody else")
    page.wait_for("!document.querySelector('#enrol-problem').hidden")


def test_another_key_under_the_same_name_is_refused(gate, person):
    page, passkeys = person
    (credential,) = passkeys.credentials()
    passkeys.clear()
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    passkeys.add({**credential, "privateKey": base64.b64encode(der).decode()})
    pending = gate.egress.ask(gate.egress.push())
    approve(page)
    page.wait_for(PROBLEM)
    assert len(sent(page, "approve", awaited=True)) == 1
    assert pending.consume()["type"] == "refused"
    page.wait_for_text("1 request waits")


def test_somebody_elses_passkey_finds_nothing_to_sign_with(gate, person):
    page, passkeys = person
    passkeys.clear()
    gate.egress.ask(gate.egress.push())
    approve(page)
    page.wait_for_text("Nothing was signed")
    assert sent(page, "approve") == []


@pytest.mark.parametrize("flaw", ["isBogusSignature", "isBadUV", "isBadUP"])
def test_a_flawed_assertion_is_refused(gate, person, flaw):
    page, passkeys = person
    passkeys.break_with(**{flaw: True})
    pending = gate.egress.ask(gate.egress.push())
    approve(page)
    page.wait_for(PROBLEM)
    assert pending.consume()["type"] == "refused"


def test_a_captured_assertion_opens_nothing_twice(gate, person):
    page, _ = person
    first = gate.egress.ask(gate.egress.push())
    approve(page)
    assert first.verdict()["verdict"] == "approved"
    page.wait_for_text("Nothing waits for you")
    (captured,) = sent(page, "approve", awaited=True)
    second = gate.egress.ask(gate.egress.push())
    page.wait_for_text("1 request waits")
    for request in (first.request, second.request):
        status, text = post(page, "approve", {**captured, "request": request})
        assert status == 409 and json.loads(text)["error"]
    assert second.consume()["type"] == "refused"


def test_what_nobody_answers_in_time_is_a_no(gate, person):
    page, _ = person
    pending = gate.egress.ask(gate.egress.push("acme/quick", "quick-push"))
    assert pending.verdict()["verdict"] == "expired"
    page.wait_for_text("expired")
    page.wait_for_text("Nothing waits for you")
    status, _ = post(page, "approve-options", {"request": pending.request})
    assert status == 409
    assert pending.consume()["type"] == "refused"


def test_a_gatekeeper_that_dies_takes_its_requests_along_but_not_the_passkeys(gate, person):
    page, _ = person
    gate.egress.ask(gate.egress.push())
    page.wait_for_text("1 request waits")
    gate.service.kill()
    page.wait_for_text("Gatekeeper away")
    assert page.find("Review and approve") == []
    assert gate.egress.ended()
    gate.restart()
    # Sessions end with the gatekeeper that made them.
    sign_in(page)
    page.wait_for_text("Nothing waits for you")
    pending = gate.egress.ask(gate.egress.push())
    approve(page)
    assert pending.verdict()["verdict"] == "approved"


def test_a_console_that_dies_refuses_what_waits(gate, person):
    pending = gate.egress.ask(gate.egress.push())
    gate.console.kill()
    verdict = pending.verdict()
    assert verdict["verdict"] == "refused" and "console" in verdict["reason"]


def test_the_keyboard_is_enough(gate, open_page):
    page = open_page(f"{ADDRESS}/#enrol={CODE}")
    page.authenticator()
    page.wait_for("document.activeElement.id === 'enrol-name'")
    page.evaluate("document.activeElement.value = ''")
    page.type("Keyboard")
    page.press("Tab")
    assert page.focused() == "Register passkey"
    page.press("Enter")
    page.wait_for_text("Register another passkey")
    pending = gate.egress.ask(gate.egress.push())
    page.wait_for(READY)
    for _ in range(20):
        page.press("Tab")
        if page.focused() == "Review and approve":
            break
    page.press("Enter")
    page.wait_for(CONFIRM)
    for _ in range(4):
        if page.focused() == "Approve with passkey":
            break
        page.press("Tab")
    page.press("Enter")
    assert pending.verdict()["by"] == "Keyboard"
    page.wait_for("document.querySelectorAll('article.card').length === 0")
    page.wait_for("document.activeElement.id === 'waiting-title'")


def test_a_phone_needs_no_sideways_scroll(gate, open_page):
    page = open_page(f"{ADDRESS}/#enrol={CODE}", width=390, height=844, mobile=True)
    page.authenticator()
    page.click("Register passkey")
    page.wait_for_text("Register another passkey")
    pending = gate.egress.ask(gate.egress.push())
    page.wait_for(READY)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    approve(page)
    assert pending.verdict()["verdict"] == "approved"


def test_two_tabs_agree(gate, person, open_page):
    first, passkeys = person
    second = open_page(ADDRESS)  # the same browser: its cookie has signed in
    (credential,) = passkeys.credentials()
    second.authenticator().add(credential)
    pending = gate.egress.ask(gate.egress.push())
    first.wait_for(READY)
    approve(second)
    assert pending.verdict()["verdict"] == "approved"
    first.wait_for_text("Nothing waits for you")
    status, _ = post(first, "deny", {"request": pending.request, "reason": ""})
    assert status == 409
