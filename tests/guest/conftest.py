"""Fixtures of the guest tests. ANCHORHOLD_WORLD names the folder of a world that world.py keeps."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.guest.world import World  # noqa: E402


@pytest.fixture(scope="session")
def world() -> World:
    return World(Path(os.environ["ANCHORHOLD_WORLD"]))


@pytest.fixture
def repository(world: World, request: pytest.FixtureRequest) -> str:
    """A fresh repository on the git server, named after the test, under acme/ where a push asks."""
    name = f"acme/{request.node.name.replace('_', '-').replace('[', '-').replace(']', '')[:60]}"
    world.internet.new_repository(name)
    return name


@pytest.fixture(scope="session")
def person(world: World):
    from tests.guest.person import Person

    made = Person(world)
    yield made
    made.close()
