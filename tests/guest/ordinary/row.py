"""One thing that is ordinary on Debian, as data."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A line for bash, run in a new directory and a session of its own, with nothing to read, in a time limit; and what it must do.

    Plain Debian must do the same, which programs.ordinary sees in the tools tree. `lacks` is what keeps a row from being tried
    there: a package that the tools tree has not, or a server of the closed internet.
    """

    name: str
    line: str
    says: str = ""  # a regular expression in what it says, on both streams; of whole lines when it begins with ^ and ends with $
    exit: int = 0
    lacks: str = ""
    seconds: int = 300  # generous: the processor is emulated, and others are at work on it


def python(text: str) -> str:
    return f"python3 -c {shlex.quote(text.strip())}"


def node(text: str) -> str:
    return f"node -e {shlex.quote(text.strip())}"
