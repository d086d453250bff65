"""Each directory of sources has a floor, and includes only what is on lower ones: so the directories form no cycle.

A new directory needs a row in FLOORS. An include that must lead up for now needs a row in EXCEPTIONS, with the reason;
a row that is needed no longer fails, too. Test files may look anywhere, and no product file may look at them."""

import re
from collections import defaultdict
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]

# Each stack from its lowest floor up. A stack may use what is in "ground", and nothing of another stack.
FLOORS: dict[str, list[tuple[str, ...]]] = {
    "ground": [
        ("base",),
        ("fw",),
    ],
    "init": [
        ("init/launch", "init/netlink"),
        ("init/system",),
        ("init/sequence", "init/commands"),
        ("init/report",),
        ("init/mounts", "init/credentials", "init/state_disk", "init/clock"),
        ("init/links", "init/shutdown"),
        ("init/cell",),
        ("init/controls", "init/policy"),
        ("init/supervise",),
        ("init/services",),
        ("init/fence",),
        ("init/boot",),
        ("init",),
    ],
    "shield": [
        ("shield/message", "shield/echo"),
        ("shield/profile", "shield/passkey"),
        ("shield/action", "shield/http"),
        ("shield/audit",),
        ("shield/egress/io", "shield/egress/git/wire"),
        ("shield/egress/tls", "shield/egress/credential"),
        ("shield/egress/peers",),
        ("shield/egress/upstream", "shield/egress/names", "shield/egress/hold"),
        ("shield/egress/http",),
        ("shield/egress/git",),
        ("shield/egress",),
        ("shield/gate", "shield/console", "shield/agent_api"),
        ("shield/cli",),
    ],
}

# (from, to): why the include leads up, and what ends it.
EXCEPTIONS: dict[tuple[str, str], str] = {}

TEST_FILE = re.compile(r"(^|/)(tests|fuzz|testing|oracle)/|(_test|_fuzz|_probe|testing|test_world)\.[ch]pp$|(^|/)fake_")


def sources() -> list[str]:
    """Every source file, named from the top."""
    tops = {names[0].split("/")[0] for floors in FLOORS.values() for names in floors} | {"tests", "image"}
    return sorted(str(path.relative_to(REPO)) for top in tops for path in (REPO / top).rglob("*.[ch]pp"))


def includes(files: list[str]) -> list[tuple[str, str]]:
    """(file, included file) of every #include with quotes."""
    return [(file, name) for file in files for name in re.findall(r'^#include "(.*)"', (REPO / file).read_text(), re.M)]


def place(directory: str) -> tuple[str, int] | None:
    return next(((stack, floor) for stack, floors in FLOORS.items() for floor, names in enumerate(floors) if directory in names), None)


def leads_down(source: str, target: str) -> bool:
    """Whether files of directory `source` may include files of directory `target`."""
    here, there = place(source), place(target)
    if here is None or there is None:
        return True  # told by its own test
    return there[1] < here[1] if here[0] == there[0] else there[0] == "ground"


def arrows() -> dict[tuple[str, str], list[str]]:
    """(from, to) of every two product directories, with the includes that make the arrow."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for file, name in includes([file for file in sources() if not TEST_FILE.search(file)]):
        ends = str(Path(file).parent), str(Path(name).parent)
        if ends[0] != ends[1] and not TEST_FILE.search(name):
            found[ends].append(f'{file}: #include "{name}"')
    return found


def test_every_include_names_a_file_from_the_top():
    files = set(sources())
    assert len(files) > 500
    assert [f"{file}: {name}" for file, name in includes(sorted(files)) if name not in files] == []


def test_every_directory_has_a_floor():
    directories = {str(Path(file).parent) for file in sources() if not TEST_FILE.search(file)}
    assert [f"{name} has no row in FLOORS" for name in sorted(directories) if place(name) is None and not name.startswith("image/")] == []


def test_no_directory_has_two_floors():
    named = [name for floors in FLOORS.values() for names in floors for name in names]
    assert sorted(named) == sorted(set(named))


def test_no_include_leads_up_or_to_a_neighbour():
    wrong = [line for ends, lines in arrows().items() if not leads_down(*ends) and ends not in EXCEPTIONS for line in lines]
    assert not wrong, "\n".join(wrong)


def test_every_exception_is_needed():
    needed = {ends for ends in arrows() if not leads_down(*ends)}
    assert [f"{' -> '.join(ends)}: nothing includes it any more; drop the row" for ends in EXCEPTIONS if ends not in needed] == []


def test_no_product_file_includes_a_test_file():
    product = [file for file in sources() if not TEST_FILE.search(file)]
    assert [f'{file}: #include "{name}"' for file, name in includes(product) if TEST_FILE.search(name)] == []


def test_control_an_include_that_leads_up_would_be_found():
    assert leads_down("shield/egress/http", "base") and leads_down("init/boot", "fw")
    assert not leads_down("base", "fw") and not leads_down("shield/profile", "shield/gate")
    assert not leads_down("init/boot", "shield/message") and not leads_down("fw", "init/system")
    assert not leads_down("shield/gate", "shield/console"), "neighbours"
