"""docs/glossary.md: at most 40 terms, in order, each with a name that the code has exactly so."""

import re
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| `(.+?)` \|$", (REPO / "docs/glossary.md").read_text(), re.M)
MOST = 40


def test_the_terms_are_few_and_in_order():
    terms = [term for term, _, _ in ROWS]
    assert 20 < len(terms) <= MOST and terms == sorted(terms, key=str.lower)


def test_the_code_has_each_name():
    files = [path for top in ("base", "fw", "init", "shield", "image") for path in (REPO / top).rglob("*")
             if path.suffix in (".cpp", ".hpp", ".py", ".js", ".txt", ".cmake")]
    code = "\n".join(f"{path.relative_to(REPO)}\n{path.read_text()}" for path in files)
    assert [name for _, _, name in ROWS if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", code)] == []
