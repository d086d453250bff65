"""A click counts only for the card it was aimed at, however the agent adds and withdraws requests. The control runs the same
page without its pauses: there the click lands on another request."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.browser.chromium import Page
from tests.browser.fake_gate import FakeGate, push
from tests.browser.harness import ADDRESS, REPO, Harness
from tests.browser.test_page import CAN_CONFIRM, NEW, OLD, ZERO, heard

WITHDRAWN = {"verdict": "refused", "by": "", "reason": "the client went away"}
SETTLED = "[...document.querySelectorAll('.card button.approve')].every((one) => one.getAttribute('aria-disabled') === 'false')"


@pytest.fixture
def gate(harness: Harness) -> Iterator[FakeGate]:
    made = FakeGate(harness.run)
    harness.start_console().wait_ready()
    yield made
    made.stop()


@pytest.fixture
def hasty_gate(harness: Harness) -> Iterator[FakeGate]:
    """The console serves the page without its pauses."""
    files = harness.directory / "page"
    shutil.copytree(REPO / "shield/console/page", files)
    for name, guard, none in (("cards.js", "const SETTLES = 1000;", "const SETTLES = -1;"),
                              ("app.js", "const KEEPS_ITS_PLACE = 1500;", "const KEEPS_ITS_PLACE = 0;"),
                              ("app.js", "const KEEPS_AT_MOST = 30000;", "const KEEPS_AT_MOST = 0;")):
        text = (files / name).read_text()
        assert guard in text
        (files / name).write_text(text.replace(guard, none))
    for path in files.iterdir():
        path.chmod(0o644)
    made = FakeGate(harness.run)
    harness.start_console(files).wait_ready()
    yield made
    made.stop()


def three(gate: FakeGate) -> None:
    gate.add(push(updates=[{"ref": "refs/heads/wip", "old": ZERO, "new": NEW, "kind": "create"}]), "FILLER")
    gate.add(push(updates=[{"ref": "refs/heads/fix-typo", "old": ZERO, "new": NEW, "kind": "create"}]), "HARMLESS")
    gate.add(push(updates=[{"ref": "refs/heads/main", "old": OLD, "new": ZERO, "kind": "delete"}]), "EVIL")


def where(page: Page, request: str, name: str = "approve") -> tuple[float, float]:
    return tuple(page.evaluate(f"""(() => {{
        const place = document.querySelector(`.card button.{name}[aria-describedby='title-{request}']`).getBoundingClientRect();
        return [place.x + place.width / 2, place.y + place.height / 2];
    }})()"""))


def point(page: Page, at: tuple[float, float]) -> None:
    page.send("Input.dispatchMouseEvent", type="mouseMoved", x=at[0], y=at[1], button="none", clickCount=0)


def press(page: Page, at: tuple[float, float]) -> None:
    for kind in ("mousePressed", "mouseReleased"):
        page.send("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)


def aimed_at_harmless(gate: FakeGate, open_page) -> tuple[Page, tuple[float, float]]:
    """The pointer is on HARMLESS' button when FILLER above it is withdrawn, and the click follows at once."""
    three(gate)
    page = open_page(ADDRESS, width=1100, height=2400)
    page.authenticator()
    page.wait_for("document.querySelectorAll('article.card').length === 3")
    page.wait_for(SETTLED)
    at = where(page, "HARMLESS")
    point(page, at)
    gate.remove("FILLER", **WITHDRAWN)
    page.wait_for_text("2 requests wait")
    return page, at


def test_what_is_withdrawn_above_the_pointer_moves_nothing_under_it(gate, open_page):
    page, at = aimed_at_harmless(gate, open_page)
    assert "Withdrawn by the agent." in page.text()
    press(page, at)
    page.wait_for(CAN_CONFIRM)
    assert "refs/heads/fix-typo" in page.text("#approval") and "refs/heads/main" not in page.text("#approval")
    page.click("Approve with passkey")
    page.wait_for("!document.querySelector('#approval').open || !document.querySelector('#approval-problem').hidden")
    assert {message["request"] for message in heard(gate, "approve-options")} == {"HARMLESS"}


def test_control_without_the_pauses_the_click_lands_on_another(hasty_gate, open_page):
    page, at = aimed_at_harmless(hasty_gate, open_page)
    page.wait_for("document.querySelectorAll('article.card').length === 2")
    press(page, at)
    page.wait_for("document.querySelector('#approval').open")
    assert "refs/heads/main" in page.text("#approval")


def test_an_ended_card_goes_once_the_pointer_is_elsewhere_and_what_moved_up_takes_no_click_yet(gate, open_page):
    page, at = aimed_at_harmless(gate, open_page)
    point(page, (5, 5))
    page.wait_for("document.querySelectorAll('article.card').length === 2")
    # In the page's own turn: no second passes between the move and the clicks.
    page.evaluate("""(() => { for (const one of document.querySelectorAll('.card button.approve, .card button.deny')) one.click(); })()""")
    assert not page.evaluate("document.querySelector('#approval').open")
    assert heard(gate, "deny") == []
    page.wait_for(SETTLED)
    page.click("Deny")
    page.wait_for_text("Answered.")
    assert heard(gate, "deny")[0]["request"] == "HARMLESS"


def test_a_card_that_has_just_appeared_takes_no_click(gate, open_page):
    page = open_page(ADDRESS)
    page.wait_for_text("Nothing waits")
    page.evaluate("""new MutationObserver(() => {
        for (const one of document.querySelectorAll('.card button.approve, .card button.deny')) one.click();
        window.clicked = true;
    }).observe(document.querySelector('#waiting'), { childList: true })""")
    gate.add(push())
    page.wait_for("window.clicked === true")
    assert not page.evaluate("document.querySelector('#approval').open")
    page.wait_for(SETTLED)
    assert heard(gate, "deny") == [] and heard(gate, "approve-options") == []


def test_the_dialog_shows_one_record_whatever_the_list_does_and_says_when_it_ends(gate, open_page):
    three(gate)
    page = open_page(ADDRESS)
    page.authenticator()
    page.wait_for("document.querySelectorAll('article.card').length === 3")
    page.wait_for(SETTLED)
    page.click("Review and approve", nth=1)
    page.wait_for(CAN_CONFIRM)
    before = page.text("#approval-record")
    assert "refs/heads/fix-typo" in before and gate.requests[1]["record"]["nonce"] in before
    gate.remove("FILLER", **WITHDRAWN)
    gate.add(push(), "MORE")
    page.wait_for_text("3 requests wait")
    assert page.text("#approval-record") == before
    gate.remove("HARMLESS", **WITHDRAWN)
    page.wait_for_text("Nothing can be approved here any more.")
    assert "Withdrawn by the agent." in page.text("#approval")
    page.click("Approve with passkey")
    page.evaluate("document.querySelector('#approval-confirm').click()")
    page.pump(0.3)
    assert heard(gate, "approve-options") == [] and heard(gate, "approve") == []
    page.click("Not now")
    page.wait_for("!document.querySelector('#approval').open")


def test_a_double_click_opens_the_dialog_and_approves_nothing(gate, open_page):
    gate.add(push())
    page = open_page(ADDRESS)
    page.authenticator()
    page.wait_for("document.querySelectorAll('article.card').length === 1")
    page.wait_for(SETTLED)
    page.evaluate("""document.querySelector('.card button.approve').click();
        document.querySelector('#approval-confirm').click()""")
    assert page.evaluate("document.querySelector('#approval').open")
    page.wait_for(CAN_CONFIRM)
    assert heard(gate, "approve-options") == []


def test_two_that_change_one_ref_say_that_one_can_succeed(gate, open_page):
    first = gate.add(push())
    second = gate.add(push())
    page = open_page(ADDRESS)
    page.wait_for("document.querySelectorAll('article.card').length === 2")
    assert f"only one of them can win, this or {first}" in page.text()
    page.wait_for(SETTLED)
    page.click("Review and approve")
    page.wait_for_text(f"only one of them can win, this or {second}")
