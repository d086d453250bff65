"""Fixtures of the guest tests. ANCHORHOLD_WORLD names the directory of a world that world.py keeps."""

import os
from pathlib import Path

import pytest

from image.vm.workstation import Workstation
from tests.guest.world import World


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
def operator(world: World):
    from tests.guest.page_operator import PageOperator

    made = PageOperator(world)
    yield made
    made.close()
