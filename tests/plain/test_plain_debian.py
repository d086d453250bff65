"""The rows of the ordinary on plain Debian: the tools tree, no guest, no guard, an ordinary user. What does not hold here is no
expectation to have of the guest."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.guest.ordinary import REFUSED, ROWS, Results, Row

USER = 1000


def as_a_user() -> list[str]:
    """An ordinary user's id where there is one; in a namespace that has root's alone, root without a single capability."""
    start, _, count = (int(word) for word in Path("/proc/self/uid_map").read_text().split())
    if start <= USER < start + count:
        return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
    return ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]


@pytest.fixture(scope="session")
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Results:
    home = tmp_path_factory.mktemp("home")
    os.chmod(home, 0o777)
    for above in home.parents:
        if above != Path("/tmp") and above.is_relative_to("/tmp"):
            os.chmod(above, 0o755)
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "HOME": str(home), "LANG": "C.UTF-8", "USER": "somebody"}

    def run(script: str) -> str:
        return subprocess.run([*as_a_user(), "bash", "-s"], input=script, stdout=subprocess.PIPE, text=True, check=True, cwd=home, env=environment).stdout

    rows = [item.callspec.params["row"] for item in request.session.items if hasattr(item, "callspec")]
    return Results([row for row in rows if not row.lacks], run)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_plain_debian_does_it(results: Results, row: Row) -> None:
    if row.lacks:
        pytest.skip(row.lacks)
    results.check(row)


def test_the_rows_are_many_and_each_has_a_name_of_its_own() -> None:
    names = [row.name for row in [*ROWS, *REFUSED]]
    assert len(names) == len(set(names)) and len(ROWS) >= 120
