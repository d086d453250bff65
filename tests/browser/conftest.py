"""A network of its own with nothing but loopback, one browser for all tests, a harness for each."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest


from tests.browser.chromium import Chromium, Page
from tests.browser.harness import Harness


def pytest_sessionstart() -> None:
    if "ANCHORHOLD_BUILD" not in os.environ:
        pytest.exit("Set ANCHORHOLD_BUILD to the directory with the programs (the one that CMake's presets use).", 2)
    os.unshare(os.CLONE_NEWNET)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    with Chromium() as started:
        yield started


@pytest.fixture
def harness() -> Iterator[Harness]:
    made = Harness()
    yield made
    made.close()


@pytest.fixture
def open_page(browser: Chromium) -> Iterator:
    """Opens tabs; at the end none may have complained: no CSP violation, no uncaught error."""
    pages: list[Page] = []

    def opener(url: str | None = None, **viewport: object) -> Page:
        page = browser.page(None, **viewport)
        pages.append(page)
        if url is not None:
            page.open(url)
        return page

    yield opener
    complaints = [complaint for page in pages for complaint in page.complaints]
    for page in pages:
        page.close()
    assert complaints == []
