"""egress' rooms include one another in one direction alone."""

import re
from pathlib import Path

EGRESS = Path(__file__).resolve().parents[2] / "shield/egress"

# From the ground up: a file may include its own room and those before it. ROOF is the folder itself, where they meet.
ROOF = "."
FLOORS = ["io", "tls", "credential", "peers", "names", "upstream", "hold", "http", "git", ROOF]


def room_of(path: Path) -> str:
    return path.parts[0] if len(path.parts) > 1 else ROOF


def arrows() -> list[tuple[str, str, str]]:
    """(including file, its room, included file) of the product's sources: tests may include anything."""
    found = []
    for file in sorted(EGRESS.rglob("*.[ch]pp")):
        path = file.relative_to(EGRESS)
        if file.name.endswith("_test.cpp") or {"fuzz", "testing"} & set(path.parts):
            continue
        for included in re.findall(r'^#include "shield/egress/([^"]+)"', file.read_text(), re.M):
            found.append((str(path), room_of(path), included))
    return found


def test_each_room_has_its_floor():
    assert {room for _, room, _ in arrows()} <= set(FLOORS)


def test_no_include_leads_up():
    up = [f"{file} includes {included}" for file, room, included in arrows()
          if FLOORS.index(room_of(Path(included))) > FLOORS.index(room)]
    assert not up, up


def test_nobody_but_the_roof_is_given_everything():
    assert not [file for file, room, included in arrows() if included == "services.hpp" and room != ROOF]
