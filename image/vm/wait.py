"""Looking again until something is there: for what the host side waits and cannot be told of."""

import time
from collections.abc import Callable
from typing import Any


def wait_until(look: Callable[[], Any], what: str, seen: Callable[[], object] = lambda: "", *, seconds: float = 60,
               pause: float = 0.05) -> Any:
    """The first value of `look` that is true. `look` is called at least once, and once more after the time is up.

    TimeoutError says `what` was waited for and what `seen` found instead. What `look` raises ends the wait."""
    end = time.monotonic() + seconds
    while True:
        over = time.monotonic() >= end
        if found := look():
            return found
        if over:
            raise TimeoutError(f"waited {seconds:.0f} s in vain for {what}; {seen()}".removesuffix("; "))
        time.sleep(pause)
