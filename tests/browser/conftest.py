"""A network of its own with nothing but loopback, one browser for all tests, a house for each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chromium import Chromium, Page  # noqa: E402
from house import House  # noqa: E402


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
def house() -> Iterator[House]:
    made = House()
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
