"""What the demo's directory and the demo's page say of it, for image/run: no package is needed to read it, only Python's own."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

CONSOLE = "http://127.0.0.1:8711"
ORIGIN = "http://anchor.shield.localhost:8711"


@dataclass(frozen=True)
class State:
    ready: bool
    troubles: tuple[str, ...]  # what init says is not as it should be

    @property
    def well(self) -> bool:
        return self.ready and not self.troubles


def events(directory: Path) -> list[dict]:
    """Of this boot, as init told them to the host; the last line may not be whole yet."""
    log = directory / "machine/control.log"
    if not log.exists():
        return []
    lines = log.read_text(errors="replace").split("\n")[:-1]
    return [json.loads(line) for line in lines if line.startswith("{")]


def judge(told: list[dict]) -> State:
    """A guard's death is mended by the ready event that follows it; what was amiss at boot stays so until the next boot."""
    ready = False
    at_boot: list[str] = []
    since: list[str] = []
    for event in told:
        kind = event.get("event")
        if kind == "ready":
            ready, since = True, []
        elif kind == "degraded":
            (since if ready else at_boot).append(str(event.get("why", "init did not say why")))
        elif kind == "failed":
            ready = False
            at_boot.append(" ".join(str(event[part]) for part in ("stage", "object", "text") if event.get(part)))
        elif kind == "poweroff":
            ready = False
    return State(ready, (*at_boot, *since))


def code_is_unused(code: str) -> bool | None:
    """Whether the page takes this enrolment code still, which it does once; None: the page does not answer."""
    asked = urllib.request.Request(f"{CONSOLE}/api/register-options", json.dumps({"code": code}).encode(),
                                   {"Host": ORIGIN.removeprefix("http://"), "Origin": ORIGIN, "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=60):
            return True
    except urllib.error.HTTPError as error:
        return False if error.code == 409 else None
    except OSError:
        return None


def where_to_approve(directory: Path) -> str:
    """With the enrolment code as long as it is good for something."""
    code = (directory / "enrol-code").read_text()
    unused = code_is_unused(code)
    if unused is None:
        return f"{ORIGIN}/   (the page does not answer just now)"
    return f"{ORIGIN}/#enrol={code}   (the code registers one passkey, once)" if unused else f"{ORIGIN}/   (sign in with your passkey)"
