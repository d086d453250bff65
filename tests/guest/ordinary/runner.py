"""Runs rows one beside the other and reports each as a line of JSON. It is sent to where they are to be tried: alone, so no import
from the project. Standard input: a JSON list of {"name", "line", "seconds"}."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 3
MOST_SAID = 4000
said = threading.Lock()


def end(child: subprocess.Popen) -> str:
    """A row's session may hold whatever its line has started; why it could not be ended, if so."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return ""
    except OSError as error:
        return f", and it could not be killed: {error.strerror}"
    return ""


def run(row: dict) -> None:
    directory = tempfile.mkdtemp(prefix="ordinary-")
    # Not a pipe: what a line leaves running would keep it open.
    with open(f"{directory}.said", "w+b") as out:
        child = subprocess.Popen(["bash", "-c", row["line"]], cwd=directory, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        try:
            status = child.wait(row["seconds"])
            exit = status if status >= 0 else 128 - status
            over = ""
        except subprocess.TimeoutExpired:
            exit, over = -1, f"not over within {row['seconds']} s"
        over += end(child)
        out.seek(0)
        text = out.read().decode(errors="replace")
    with said:
        print(json.dumps({"name": row["name"], "exit": exit, "said": text[-MOST_SAID:], "over": over}), flush=True)
    with contextlib.suppress(OSError):
        os.unlink(f"{directory}.said")
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(run, json.load(sys.stdin)))
