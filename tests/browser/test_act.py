"""What a card shows of the act: the body, the parameters, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.fake_gate import FakeGate, push, request
from tests.browser.harness import ADDRESS, Harness

APPROVE = "document.querySelector('button.approve[aria-describedby]')"
CAN_APPROVE = f"{APPROVE}?.getAttribute('aria-disabled') === 'false'"


@pytest.fixture
def gate(harness: Harness) -> Iterator[FakeGate]:
    made = FakeGate(harness.run)
    harness.start_console().wait_ready()
    yield made
    made.stop()


def body_lines(page) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.body .line')].map((one) => one.textContent.trimEnd())")


def parameters(page) -> list[list[str]]:
    return page.evaluate("""[...document.querySelectorAll('.parameters div')].map((one) =>
        [one.querySelector('dt').textContent, one.querySelector('code').textContent])""")


def test_json_is_laid_out_with_every_member_as_it_stands(gate, open_page):
    gate.add(request('{"to":"\\u0061da","amount":5,"amount":500000,"big":12345678901234567890,"list":[1,{"x":null}],"none":{}}'))
    page = open_page(ADDRESS)
    page.wait_for(CAN_APPROVE)
    assert body_lines(page) == ["{", '  "to": "ada",', '  "amount": 5,', '  "amount": 500000,', '  "big": 12345678901234567890,', '  "list": [',
                                "    1,", "    {", '      "x": null', "    }", "  ],", '  "none": {}', "}"]
    assert "“amount” stands twice" in page.text("main")


def test_a_form_and_a_query_are_shown_parameter_by_parameter(gate, open_page):
    gate.add(request("to=%61da+l&amount=5&amount=500000&x=%ff", "application/x-www-form-urlencoded",
                     url="https://api.demo.test/v1/pay?dry_run=false&to=" + "y" * 3000 + "&z"))
    page = open_page(ADDRESS, width=390, height=844, mobile=True)
    page.wait_for(CAN_APPROVE)
    assert parameters(page) == [["dry_run", "false"], ["to", "y" * 3000], ["z", ""], ["to", "ada l"], ["amount", "5"], ["amount", "500000"], ["x", "%ff"]]
    assert "y" * 3000 + "&z" in page.evaluate("document.querySelector('.card h2').textContent"), "nothing is cut"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_text_is_shown_as_it_is_and_what_hides_is_spelled_out(gate, open_page):
    gate.add(request("{ not json\r\n\tamount: 5\u202e\u200b", "text/plain"))
    page = open_page(ADDRESS)
    page.wait_for(CAN_APPROVE)
    assert body_lines(page) == ["{ not json", "\tamount: 5U+202EU+200B"]
    assert "\u202e" not in page.evaluate("document.body.textContent")


def test_deep_nesting_stays_a_small_page(gate, open_page):
    gate.add(request("[" * 2000 + "]" * 2000))
    page = open_page(ADDRESS)
    page.wait_for(CAN_APPROVE)
    assert page.evaluate("document.querySelector('.body').textContent.length") < 200_000


@pytest.mark.parametrize("record, why", [
    (request(None), "it is not text"), (request(None, body_bytes=8193), "at most 8192 bytes"), (push(commits=None), "could not be read")])
def test_what_cannot_be_seen_needs_a_second_step(gate, open_page, record, why):
    gate.add(record)
    page = open_page(ADDRESS)
    page.authenticator()
    page.wait_for(CAN_APPROVE)
    page.click("Review and approve")
    page.wait_for_text("I approve what I cannot see")
    assert why in page.text("#approval")
    page.evaluate("new Promise((done) => setTimeout(done, 1100))")  # the dialog takes no click in its first second, ticked or not
    page.click("Approve with passkey")
    page.pump(0.2)
    assert [message for message in gate.heard if message["type"] == "approve-options"] == []
    page.evaluate("document.querySelector('.second-step input').click()")
    page.wait_for("document.querySelector('#approval[open] #approval-confirm')?.getAttribute('aria-disabled') === 'false'")


def test_a_body_that_is_not_as_long_as_signed_cannot_be_approved(gate, open_page):
    gate.add(request("amount=5", body_bytes=9))
    page = open_page(ADDRESS)
    page.wait_for_text("It can only be denied.")


def update(ref: str, forward: bool | None) -> dict:
    return {"ref": ref, "old": "3f2a9c1d5b" * 4, "new": "8b41e07fa2" * 4, "kind": "update", "fast_forward": forward}


def test_what_may_drop_commits_is_said_and_comes_first(gate, open_page):
    gate.add(push(updates=[update("refs/heads/fine", True), update("refs/heads/open", None), update("refs/heads/gone", False)]))
    page = open_page(ADDRESS)
    page.wait_for(CAN_APPROVE)
    lines = page.evaluate("[...document.querySelectorAll('.ref')].map((one) => [one.className, one.textContent])")
    assert [line[0] for line in lines] == ["ref update drops", "ref update drops", "ref update"]
    assert "refs/heads/open" in lines[0][1] and "not shown to be a fast-forward" in lines[0][1]
    assert "refs/heads/gone" in lines[1][1] and "not a fast-forward" in lines[1][1]
    assert "fast-forward" not in lines[2][1]


def test_commits_are_shown_in_their_own_words(gate, open_page):
    shown = [{"id": "ab" * 20, "subject": "fix \u202e<b>it</b>", "author": "Ada <ada@example.com>"}, {"id": "cd" * 20, "subject": None, "author": None}]
    gate.add(push(commits=7, commits_shown=shown))
    page = open_page(ADDRESS)
    page.wait_for(CAN_APPROVE)
    text = page.evaluate("document.querySelector('.card').textContent")
    for words in ("ababababab", "fix U+202E<b>it</b>", "Ada <ada@example.com>", "not plain text", "5 more are not shown", "7, with 4 directories and 5 files"):
        assert words in text, words


def test_two_pushes_from_the_same_place_say_that_only_one_can_win(gate, open_page):
    gate.add(push())
    page = open_page(ADDRESS)
    page.wait_for(CAN_APPROVE)
    assert "only one of them can win" not in page.text("main")
    gate.add(push(nonce="ef" * 32))
    page.wait_for_text("only one of them can win")
    gate.remove("r2", "denied")
    page.wait_for("!document.querySelector('main').innerText.includes('only one of them can win')")


def test_recent_says_what_upstream_made_of_it(gate, open_page):
    gate.add(push())
    page = open_page(ADDRESS)
    page.wait_for_text("1 request waits")
    gate.remove("r1")
    page.wait_for_text("Nothing waits")
    assert "upstream" not in page.text("main")
    gate.recent[-1]["outcome"] = {"status": 200, "taken": False, "refused": [{"ref": "refs/heads/main", "reason": "cannot lock ref"}], "text": ""}
    gate.tell()
    page.wait_for_text("upstream did not take it (200): refs/heads/main: cannot lock ref")
