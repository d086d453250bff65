"""The page before a gatekeeper that plays a part: hostile names, lies, silence. The real gatekeeper: test_console.py."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator

import pytest

from tests.browser.fake_gate import FakeGate, canonical, push, request
from tests.browser.harness import ADDRESS, PORT, Harness

ZERO, OLD, NEW = "0" * 40, "3f2a9c1d5b" * 4, "8b41e07fa2" * 4
APPROVE = "document.querySelector('button.approve[aria-describedby]')"
CAN_CONFIRM = "document.querySelector('#approval[open] #approval-confirm')?.getAttribute('aria-disabled') === 'false'"
CAN_DENY = "document.querySelector('button.deny')?.getAttribute('aria-disabled') === 'false'"
CAN_APPROVE = f"{APPROVE}?.getAttribute('aria-disabled') === 'false'"


@pytest.fixture
def gate(harness: Harness) -> Iterator[FakeGate]:
    made = FakeGate(harness.run)
    harness.start_console().wait_ready()
    yield made
    made.stop()


def review(page) -> None:
    """Opens the dialog of the first card, and waits until its button can be pressed."""
    page.wait_for(CAN_APPROVE)
    page.click("Review and approve")
    page.wait_for(CAN_CONFIRM)


def heard(gate: FakeGate, call: str) -> list[dict]:
    return [message for message in gate.heard if message["type"] == call]


def update(ref: str, kind: str = "update") -> dict:
    made = {"ref": ref, "old": ZERO if kind == "create" else OLD, "new": ZERO if kind == "delete" else NEW, "kind": kind}
    return {**made, "fast_forward": True} if kind == "update" else made


def test_first_view_says_what_waits(gate, open_page):
    gate.add(push())
    page = open_page(ADDRESS)
    page.wait_for_text("1 request waits for you")
    for text in ("push acme/app", "refs/heads/main", "update", OLD[:10], NEW[:10], "git.demo.test", "anchor/agent",
                 "git-demo", "app-push", "expires in"):
        assert text in page.text("main"), text
    assert page.evaluate("document.title") == "(1) waiting · Anchorhold"
    assert page.evaluate("/^[0-5]:[0-5]\\d$/.test(document.querySelector('.time').textContent)")
    gate.remove("r1")
    page.wait_for_text("Nothing waits for you")
    page.wait_for_text("Answered: approved by Phone.")
    page.wait_for("document.querySelectorAll('article.card').length === 0")
    page.wait_for_text("by Phone")
    assert page.evaluate("document.title") == "Anchorhold"


def test_the_signed_text_is_there_in_full(gate, open_page):
    record = push()
    gate.add(record)
    page = open_page(ADDRESS)
    page.wait_for(CAN_APPROVE)
    assert page.evaluate("document.querySelector('pre').textContent") == canonical(record)
    digest = page.evaluate("document.querySelector('.whole p .digest').textContent")
    assert digest == gate.requests[0]["digest"]


def test_deletes_come_first_and_marked_and_uncounted_commits_are_said(gate, open_page):
    updates = [update(f"refs/heads/b{n}", "create") for n in range(40)] + [update("refs/heads/main", "delete")]
    gate.add(push(updates=updates, commits=None))
    page = open_page(ADDRESS)
    page.wait_for_text("29 more refs")
    assert page.evaluate("document.querySelector('.ref').className") == "ref delete"
    assert page.evaluate("document.querySelector('.ref .name').textContent") == "refs/heads/main"
    assert "could not be counted" in page.text("main")


def test_names_that_lie_are_spelled_out(gate, open_page):
    hostile = "refs/heads/\u202eniam\u202c\u200b\x07e\u0301"
    gate.add(push(updates=[update(hostile), update("refs/heads/m\u0430in"), update("refs/heads/" + "x" * 3000)],
                  repository="acme/<img src=x onerror=alert(1)>"))
    page = open_page(ADDRESS, width=390, height=844, mobile=True)
    page.wait_for_text("U+202E")
    text = page.evaluate("document.body.textContent")
    for hidden in "\u202e\u202c\u200b\x07\u0301":
        assert hidden not in text
    assert "U+202C" in text and "U+200B" in text and "U+0007" in text and "U+0301" in text
    assert "а is U+0430" in page.text("main")
    assert "x" * 3000 in text, "nothing of what is signed is left out"
    assert "acme/<img src=x onerror=alert(1)>" in page.text(".card h2")
    assert page.evaluate("document.querySelectorAll('main img').length") == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_held_plain_request_has_its_own_words(gate, open_page):
    record = request("", method="DELETE", url="https://api.demo.test/v1/servers/7", headers=[{"name": "x-action", "value": "Purge"}])
    gate.add(record)
    page = open_page(ADDRESS)
    page.wait_for_text("DELETE https://api.demo.test/v1/servers/7")
    page.wait_for_text("x-action: Purge")


@pytest.mark.parametrize("lie", [
    pytest.param(lambda gate: gate.add(push(), digest="00" * 32), id="digest of another text"),
    pytest.param(lambda gate: gate.add(push(), text=canonical(push()).replace('"v":1', '"v":1,"v":1')), id="doubled key"),
    pytest.param(lambda gate: gate.add(push(), text=json.dumps(push())), id="not canonical"),
    pytest.param(lambda gate: gate.add(push(kind="sql.query")), id="unknown kind"),
    pytest.param(lambda gate: gate.add(push(v=2)), id="unknown version"),
    pytest.param(lambda gate: gate.add(push(updates=[])), id="no updates"),
    pytest.param(lambda gate: gate.add(push(updates=[{**update("refs/heads/main", "delete"), "kind": "update", "fast_forward": True}])),
                 id="delete called update"),
    pytest.param(lambda gate: gate.add(push(updates=[{**update("refs/heads/main"), "fast_forward": "yes"}])), id="fast-forward in words"),
])
def test_what_cannot_be_shown_truly_cannot_be_approved(gate, open_page, lie):
    lie(gate)
    page = open_page(ADDRESS)
    page.authenticator()
    page.wait_for_text("It can only be denied.")
    page.wait_for(CAN_DENY)
    page.click("Review and approve")
    assert not page.evaluate("document.querySelector('#approval').open")
    page.click("Deny")
    page.wait_for_text("Answered.")
    assert heard(gate, "approve-options") == [] and heard(gate, "approve") == []
    assert heard(gate, "deny")[0]["request"] == "r1"


def test_another_challenge_than_the_text_shown_is_never_signed(gate, open_page):
    gate.answers["approve-options"] = {"type": "approve-options", "challenge": "A" * 43, "allow": [],
                                       "rpId": "shield.localhost"}
    gate.add(push())
    page = open_page(ADDRESS)
    page.authenticator()
    review(page)
    page.click("Approve with passkey")
    page.wait_for_text("Nothing was signed: deny this request.")
    assert heard(gate, "approve") == []


def test_no_passkey_and_no_verified_person_say_so(gate, open_page):
    gate.add(push())
    page = open_page(ADDRESS)
    passkeys = page.authenticator(verifies=False)
    review(page)
    page.click("Approve with passkey")
    page.wait_for_text("Nothing was signed")
    assert passkeys.credentials() == []
    assert heard(gate, "approve") == []
    page.wait_for(CAN_CONFIRM)


def test_the_code_comes_in_the_fragment_and_is_sent_once_in_a_body(gate, open_page):
    gate.passkeys = 0
    user = {"id": "AAECAwQFBgc", "name": "anchor", "displayName": "anchor"}
    gate.answers["register-options"] = {"type": "register-options", "challenge": "B" * 43, "rpId": "shield.localhost",
                                        "user": user, "exclude": []}
    page = open_page(f"{ADDRESS}/#enrol=one%20time-code")
    passkeys = page.authenticator()
    page.wait_for("document.querySelector('#enrol-code').value === 'one time-code'")
    assert page.evaluate("location.href") == f"{ADDRESS}/"
    page.wait_for("document.activeElement.id === 'enrol-name'")
    page.evaluate("document.activeElement.select()")
    page.type("Ada’s phone")
    page.press("Enter")
    page.wait_for("document.querySelector('#announcer').textContent.includes('is registered')")
    (message,) = heard(gate, "register")
    assert message["code"] == "one time-code" and message["name"] == "Ada’s phone"
    credential, (kept,) = message["credential"], passkeys.credentials()
    assert credential["type"] == "public-key" and credential["response"]["publicKeyAlgorithm"] == -7
    assert kept["rpId"] == "shield.localhost" and kept["isResidentCredential"]
    assert page.evaluate("document.querySelector('#enrol').hidden")


def test_a_reason_goes_with_the_no(gate, open_page):
    gate.add(push())
    page = open_page(ADDRESS)
    page.wait_for("document.querySelector('.reason') !== null")
    page.evaluate("document.querySelector('.reason summary').focus()")
    page.press("Enter")
    page.press("Tab")
    assert page.focused() == "Reason, which the agent is told"
    page.type("rebase first")
    page.wait_for(CAN_DENY)
    page.press("Enter")
    page.wait_for_text("Answered.")
    assert heard(gate, "deny")[0]["reason"] == "rebase first"


def test_what_gate_refuses_is_shown_in_its_words(gate, open_page):
    gate.answers["deny"] = {"type": "refused", "reason": "it was answered a moment ago"}
    gate.add(push())
    page = open_page(ADDRESS)
    page.wait_for(CAN_DENY)
    page.click("Deny")
    page.wait_for_text("It was answered a moment ago.")


def test_what_has_expired_cannot_be_answered(gate, open_page):
    gate.add(push(requested=int(time.time()) - 301, expires=int(time.time()) - 1))
    page = open_page(ADDRESS)
    page.wait_for_text("Expired: nobody answered in time")
    for name in ("button.approve", "button.deny"):
        page.evaluate(f"document.querySelector('.card {name}').click()")
    page.pump(0.2)
    assert heard(gate, "approve-options") == [] and heard(gate, "deny") == []


def test_a_gatekeeper_that_goes_is_missed_at_once_and_welcome_back(harness, gate, open_page):
    gate.add(push())
    page = open_page(ADDRESS)
    page.wait_for_text("1 request waits")
    gate.stop()
    page.wait_for_text("Gatekeeper away")
    page.wait_for_text("No answer can be given now")
    assert page.find("Review and approve") == []
    back = FakeGate(harness.run)
    page.wait_for_text("Connected")
    page.wait_for_text("Nothing waits for you")
    back.stop()


def test_news_neither_moves_the_focus_nor_closes_what_is_open(gate, open_page):
    gate.add(push())
    page = open_page(ADDRESS)
    page.wait_for_text("1 request waits")
    page.evaluate("document.querySelector('.whole summary').focus()")
    page.press("Enter")
    gate.add(push(repository="acme/other"))
    page.wait_for_text("2 requests wait")
    assert page.evaluate("document.querySelector('.whole').open")
    assert page.evaluate("document.activeElement === document.querySelector('.whole summary')")
    page.wait_for("document.querySelector('#announcer').textContent.startsWith('New request: push acme/other')")
    gate.remove("r1", "denied")
    page.wait_for_text("1 request waits")
    page.wait_for("document.querySelectorAll('article.card').length === 1")
    assert page.focused() == "push acme/other"


def test_a_withheld_credential_is_said_to_who_has_signed_in(gate, open_page):
    gate.withheld = [{"credential": "git-demo", "reason": "it came back three times"}]
    gate.tell()
    page = open_page(ADDRESS)
    page.wait_for_text("Credential git-demo is withheld: it came back three times.")
    gate.signed_in = False
    gate.tell()
    page.wait_for_text("Whoever may answer signs in first")
    assert "git-demo" not in page.text()


def test_two_tabs_show_the_same(gate, open_page):
    first, second = open_page(ADDRESS), open_page(ADDRESS)
    gate.add(push())
    first.wait_for_text("1 request waits")
    second.wait_for_text("1 request waits")
    gate.remove("r1", "denied")
    first.wait_for_text("Nothing waits")
    second.wait_for_text("Nothing waits")


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_shows_it_all_within_the_thumbs_reach(gate, open_page, dark):
    gate.add(push())
    page = open_page(ADDRESS, width=390, height=844, mobile=True, dark=dark)
    page.wait_for_text("1 request waits")
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate("""[...document.querySelectorAll('button, input, summary')]
        .filter((one) => one.checkVisibility()).map((one) => [one.textContent, one.getBoundingClientRect().height])
        .filter(([, height]) => height < 44)""")
    assert small == []
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = false; })")
    assert page.evaluate(f"{APPROVE}.getBoundingClientRect().bottom <= innerHeight")
    page.evaluate("document.querySelector('.reason').open = false")
    page.wait_for(CAN_APPROVE)
    contrast = page.evaluate("""(() => {
      const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
      const ground = (one) => {
        const colour = getComputedStyle(one).backgroundColor;
        return colour === 'rgba(0, 0, 0, 0)' && one.parentElement ? ground(one.parentElement) : colour;
      };
      return [...document.querySelectorAll('body *')]
        .filter((one) => one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .map((one) => {
          const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
          return [one.textContent, (a + 0.05) / (b + 0.05)];
        }).filter(([, ratio]) => ratio < 4.5);
    })()""")
    assert contrast == []


def test_it_is_built_for_a_screen_reader(gate, open_page):
    gate.add(push())
    page = open_page(ADDRESS)
    page.wait_for_text("1 request waits")
    assert page.evaluate("document.querySelectorAll('h1').length") == 1
    assert page.find("push acme/app", "article") and page.find("1 request waits for you", "region")
    for role in ("main", "banner", "contentinfo", "timer", "status"):
        assert page.evaluate(f"document.querySelector('main, header, footer, [role={role}]') !== null")
    nameless = page.evaluate("""[...document.querySelectorAll('input, button')]
        .filter((one) => !one.labels?.length && !one.ariaLabel && !one.textContent).length""")
    assert nameless == 0


def test_the_policy_refuses_script_and_markup_from_text(gate, open_page):
    page = open_page(ADDRESS)
    page.wait_for_text("Nothing waits")
    page.evaluate("""(() => { const one = document.createElement('script');
        try { one.text = 'window.broken = 1'; document.body.append(one); } catch {} })()""")
    assert page.evaluate("typeof window.broken") == "undefined"
    assert page.evaluate("""(() => { try { document.body.innerHTML = '<b>x</b>'; return 'taken'; }
        catch { return 'refused'; } })()""") == "refused"
    # That is what this test provokes; other pages may have no complaints at all.
    page.wait_for_complaint()
    page.complaints.clear()


def test_at_another_name_it_says_where_to_go(gate):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    connection.request("GET", "/")
    answer = connection.getresponse()
    assert answer.status == 421
    assert ADDRESS in answer.read().decode()
    connection.close()


def test_another_site_can_neither_call_nor_listen(gate):
    for path, headers in (("/api/deny", {"Origin": "http://localhost:3000"}), ("/api/deny", {}),
                          ("/api/deny", {"Origin": "null"})):
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        connection.request("POST", path, body='{"request":"r1","reason":""}', headers={
            "Host": f"anchor.shield.localhost:{PORT}", "Content-Type": "application/json", **headers})
        assert connection.getresponse().status == 403
        connection.close()
    assert heard(gate, "deny") == []
