"""image/run: build the guest if needed, boot it with the demo, say how to get in, where to approve, how to stop.

  image/run             build, boot, print three lines; a check that failed instead, if one did
  image/run build       only build; prints the directory with the disk, UKI and kernels
  image/run status      whether the demo runs and is as it should be
  image/run ssh [CMD…]  get in as the agent, or run one command
  image/run log         what the guest's console says
  image/run debug       boot it with a root shell outside the cell and a gdb stub: nothing in it is protected from that shell
  image/run shell       that shell; Ctrl-] leaves it
  image/run restart-cell  end every process of the agent and start its world anew, on the same disk
  image/run stop        power the demo off
  image/run reset       stop it and forget its disk, its passkeys and its git repositories
  image/run --help      this
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from image.host import cache, console, disk, tools
from image.vm import debug as debugging
from image.vm import demo_state, host_command, instance_lock

DEMO = cache.ROOT / "demo"
NOT_RUNNING = 3  # as systemctl status says it


def stop() -> int:
    if instance_lock.pid(DEMO):
        with console.step("powering off"):
            if left := instance_lock.stop(DEMO, 40):
                raise console.StepFailed(f"the demo (process {left}) did not stop within 40 s; its log: {DEMO}/log")
    return 0


def reset() -> int:
    stop()
    shutil.rmtree(DEMO, ignore_errors=True)
    return 0


def build() -> int:
    tools.check_host()
    print(disk.build())
    return 0


def start(*options: str) -> int:
    """Boot the demo, unless it is there already or another image/run boots it: then wait with that one."""
    tools.check_host()
    if not instance_lock.pid(DEMO):
        image = disk.build()
        with cache.locked("demo"):
            if not instance_lock.pid(DEMO):
                launch(image, *options)
    if not (DEMO / "ready").exists():
        wait_until_ready()
    console.line((DEMO / "log").read_text().splitlines()[0])
    return tell()


def launch(image: Path, *options: str) -> None:
    DEMO.mkdir(parents=True, exist_ok=True)
    (DEMO / "ready").unlink(missing_ok=True)
    command = tools.sandbox(["python3", "-m", "image.vm.demo", *options, DEMO, image], devices=True)
    with open(DEMO / "log", "wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    while not instance_lock.pid(DEMO) and child.poll() is None:
        time.sleep(0.1)


def wait_until_ready() -> None:
    with console.step("booting", DEMO / "log"):
        while not (DEMO / "ready").exists():
            if not instance_lock.pid(DEMO):
                raise console.StepFailed(f"the demo ended before it was ready:\n{(DEMO / 'log').read_text()}{troubles()}")
            time.sleep(0.1)


def troubles() -> str:
    return "".join(f"not as it should be: {why}\n" for why in demo_state.judge(demo_state.events(DEMO)).troubles)


def ssh_command() -> list[str]:
    return ["ssh", "-p", "2222", "-i", f"{DEMO}/ssh-key", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "LogLevel=ERROR", "agent@127.0.0.1"]


def tell() -> int:
    """Three lines for a person to go on with; when something is wrong, what that is, and how to look into it."""
    if wrong := troubles():
        print(f"{wrong}look:     image/run log, image/run ssh\nstop:     image/run stop")
        return 1
    print(f"get in:   {' '.join(ssh_command())}   (then: git clone https://git.demo.test/acme/app)")
    print(f"approve:  {demo_state.where_to_approve(DEMO)}")
    print("stop:     image/run stop")
    return 0


def status() -> int:
    process = instance_lock.pid(DEMO)
    if not process:
        print("not running: image/run starts it")
        return NOT_RUNNING
    state = demo_state.judge(demo_state.events(DEMO))
    if debugging.is_on(DEMO / "machine"):
        print(debugging.WARNING)
    print(f"{'ready' if state.ready else 'not ready yet'} (process {process}, directory {DEMO})\n{troubles()}", end="")
    if state.ready:
        print(f"approve:  {demo_state.where_to_approve(DEMO)}")
    return 0 if state.well else 1


def ssh(*command: str) -> int:
    if not instance_lock.pid(DEMO):
        raise console.StepFailed("the demo is not running; image/run starts it")
    words = ssh_command()
    os.execvp(words[0], [*words, *(("--", *command) if command else ())])


def debug() -> int:
    """A boot of its own: a demo that runs is no debug boot."""
    if instance_lock.pid(DEMO) and not debugging.is_on(DEMO / "machine"):
        raise console.StepFailed("the demo runs without a root shell; image/run stop ends it, then image/run debug")
    told = start("--debug")
    print(debugging.how_to_use(DEMO / "machine"))
    return told


def shell() -> int:
    if not instance_lock.pid(DEMO) or not debugging.is_on(DEMO / "machine"):
        raise console.StepFailed("no guest with a root shell runs; image/run debug boots one")
    command = tools.sandbox(debugging.attach(DEMO / "machine"), devices=True)
    os.execvp(command[0], command)


def log() -> int:
    said = DEMO / "machine/console.log"
    if not said.exists():
        raise console.StepFailed("the demo has not run yet; image/run starts it")
    print(said.read_text(errors="replace"), end="")
    return 0


def restart_cell() -> int:
    if not instance_lock.pid(DEMO):
        raise console.StepFailed("the demo is not running; image/run starts it")
    try:
        with console.step("starting the agent's world anew"):
            host_command.restart_cell(DEMO)
    except (host_command.NotTaken, OSError) as error:
        raise console.StepFailed(f"{error}; image/run log may say why") from error
    return 0


def usage() -> int:
    print(__doc__, end="")
    return 0


WORDS: dict[str, Callable[..., int]] = {
    "start": start, "build": build, "status": status, "ssh": ssh, "log": log, "debug": debug, "shell": shell, "restart-cell": restart_cell,
    "stop": stop, "reset": reset, "--help": usage, "-h": usage, "help": usage}


def main() -> int:
    what, *more = sys.argv[1:] or ["start"]
    if what not in WORDS or more and what != "ssh":
        known = f"its words are: {' '.join(word for word in WORDS if not word.startswith('-'))} --help"
        print(f"image/run: {f'{what} is followed by nothing, not {more[0]!r}' if what in WORDS else f'not {what!r}'}; {known}", file=sys.stderr)
        return 2
    try:
        return WORDS[what](*more)
    except console.StepFailed as error:
        print(f"image/run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        console.line("image/run: interrupted; a demo that had begun to boot goes on: image/run waits for it, image/run stop ends it")
        return 130


if __name__ == "__main__":
    sys.exit(main())
