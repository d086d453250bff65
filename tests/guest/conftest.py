"""Fixtures of the guest tests. ANCHORHOLD_WORLD names the directory of a world that world.py keeps."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from image.vm.workstation import Workstation  # noqa: E402
from tests.guest.world import World  # noqa: E402


@pytest.fixture(scope="session")
def world() -> World:
    return World(Path(os.environ["ANCHORHOLD_WORLD"]))


@pytest.fixture(scope="module")
def station(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """For tests that boot for themselves: a workstation, not yet booted, with the image that the module names in IMAGE."""
    made = Workstation(tmp_path_factory.mktemp("station"), request.module.IMAGE)
    made.enter()
    yield made
    made.stop()


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
