"""What the fragments wish for. Pure: text in, values out.

  CONFIG_X=v                    the built configuration must have exactly v
  # CONFIG_X is not set         it must not have it (CONFIG_X=n says the same)
  CONFIG_X=v | CONFIG_Y=w       one of: the same meaning under the names of several versions; the first that the source knows
  # needed: P2, P3              before a file's first option: promises (docs/design.md) that every option of this file keeps
  CONFIG_X=v  # needed: P2      the same for one option

An option whose symbol the source does not know at all ends the build only where a promise needs it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_ASKED = re.compile(r"(CONFIG_\w+)=(\S.*)")
_FORBIDDEN = re.compile(r"# (CONFIG_\w+) is not set")
_NEEDED = re.compile(r"#\s*needed:\s*(P\d+(?:,\s*P\d+)*)\s*$")


@dataclass(frozen=True)
class Wish:
    place: str  # file and line
    alternatives: tuple[tuple[str, str], ...]  # symbol and value; more than one: any of them
    needed: str = ""  # the promises that rest on it

    @property
    def text(self) -> str:
        return " | ".join(f"{symbol}={value}" for symbol, value in self.alternatives)

    @property
    def forbids(self) -> bool:
        return all(value == "n" for _, value in self.alternatives)


class Malformed(Exception):
    """A line that asks for something in a way nobody reads."""


def _setting(text: str) -> tuple[str, str] | None:
    if match := _ASKED.fullmatch(text):
        return match[1], match[2].strip()
    if match := _FORBIDDEN.fullmatch(text):
        return match[1], "n"
    return None


def parse(text: str, name: str) -> list[Wish]:
    """The wishes of one file, in their order."""
    wishes: list[Wish] = []
    of_file = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line, needed = raw.strip(), of_file
        if match := _NEEDED.match(line):
            if wishes:
                raise Malformed(f"{name}:{number}: 'needed' for a whole file stands before its first option")
            of_file = match[1]
            continue
        if match := _NEEDED.search(line):
            line, needed = line[: match.start()].strip(), match[1]
        if settings := [_setting(part.strip()) for part in line.split(" | ")] if "CONFIG_" in line else []:
            if all(settings):
                wishes.append(Wish(f"{name}:{number}", tuple(s for s in settings if s), needed))
            elif not line.startswith("#") or re.match(r"#\s*CONFIG_\w+\s*(=|is\b)", line):
                raise Malformed(f"{name}:{number}: not an option this file can ask for: {raw.strip()}")
    return wishes


def read(fragments: Iterable[Path]) -> list[Wish]:
    """All files' wishes; an option that stands in two places is refused, since the later one would win."""
    wishes = [wish for path in fragments for wish in parse(path.read_text(), path.name)]
    stands: dict[str, str] = {}
    for wish in wishes:
        for symbol, _ in wish.alternatives:
            if symbol in stands:
                raise Malformed(f"{wish.place}: {symbol} stands in {stands[symbol]} too: the later one would win")
            stands[symbol] = wish.place
    return wishes


def known_symbols(kconfig_texts: Iterable[str]) -> set[str]:
    """Every symbol that a source's Kconfig files define."""
    return {f"CONFIG_{name}" for text in kconfig_texts for name in re.findall(r"^\s*(?:menu)?config\s+(\w+)\s*$", text, re.M)}


def choose(wish: Wish, known: set[str]) -> tuple[str, str] | None:
    """The alternative that this source knows; None: it knows none."""
    return next((setting for setting in wish.alternatives if setting[0] in known), None)


def built(config: str) -> dict[str, str]:
    """What a .config says."""
    settings = (_setting(line) for line in config.splitlines())
    return dict(setting for setting in settings if setting)
