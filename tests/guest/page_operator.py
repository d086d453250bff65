"""A browser that operates the console page with a passkey of its own, as a person would."""

import json

from tests.browser.chromium import Chromium
from tests.guest.world import World


class PageOperator:
    """Registers with the enrolment code the first time; the passkey is kept in the world's directory for later tests."""

    def __init__(self, world: World):
        self.browser = Chromium()
        self.page = self.browser.page(None)
        self.page.open(f"{world.origin}/#enrol={world.enrol_code}")
        self.passkeys = self.page.authenticator()
        kept = world.directory / "passkey.json"
        if kept.exists():
            for credential in json.loads(kept.read_text()):
                self.passkeys.add(credential)
            self.page.open(world.origin + "/")
            self.sign_in()
        else:
            self.page.wait_for("!document.querySelector('#enrol').hidden")
            self.page.click("Register passkey")
            self.page.wait_for("document.querySelector('#enrol').hidden")
            kept.write_text(json.dumps(self.passkeys.credentials()))

    def sign_in(self) -> None:
        """The workstation's gatekeeper may have a session of this browser, or none any more."""
        self.page.wait_for("['#sign-in', '#sign-out'].some((one) => !document.querySelector(one).hidden)", 180)
        if not self.page.evaluate("document.querySelector('#sign-in').hidden"):
            self.page.click("Sign in with your passkey")
        self.page.wait_for("!document.querySelector('#sign-out').hidden", 180)

    def wait_for_request(self, text: str, seconds: float = 180) -> None:
        self.page.wait_for(f"document.querySelector('main').innerText.includes({text!r})", seconds)
        self.page.wait_for("document.querySelector('button.approve[aria-describedby]')?.getAttribute('aria-disabled') === 'false'", seconds)

    def approve(self) -> None:
        """A card takes a click once it has stood still, and so does the dialog."""
        self.page.click("Review and approve")
        self.page.wait_for("document.querySelector('#approval[open] #approval-confirm')?.getAttribute('aria-disabled') === 'false'", 180)
        self.page.click("Approve with passkey")

    def deny(self) -> None:
        self.page.click("Deny")

    def close(self) -> None:
        self.browser.close()
