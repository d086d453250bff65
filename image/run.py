"""image/run: build the guest if needed, boot it with the demo, say how to get in, where to approve, how to stop.

  image/run          build, boot, print three lines
  image/run build    only build; prints the folder with the disk, UKI and kernels
  image/run stop     power the demo off
  image/run reset    stop it and forget its state disk
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from image.host import cache, disk, say, tools  # noqa: E402
from image.vm import keeper  # noqa: E402

DEMO = cache.ROOT / "demo"


def stop() -> None:
    if keeper.pid(DEMO):
        with say.step("powering off"):
            if left := keeper.stop(DEMO, 40):
                raise say.StepFailed(f"the demo (process {left}) did not stop within 40 s; its log: {DEMO}/log")


def start() -> None:
    """Boot the demo, unless it is there already or another image/run boots it: then wait with that one."""
    if not keeper.pid(DEMO):
        image = disk.build()
        with cache.locked("demo"):
            if not keeper.pid(DEMO):
                launch(image)
    if not (DEMO / "ready").exists():
        wait_until_ready()


def launch(image: Path) -> None:
    DEMO.mkdir(parents=True, exist_ok=True)
    (DEMO / "ready").unlink(missing_ok=True)
    command = tools.sandbox(["python3", "-m", "image.vm.demo", DEMO, image], devices=True)
    with open(DEMO / "log", "wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    while not keeper.pid(DEMO) and child.poll() is None:
        time.sleep(0.1)


def wait_until_ready() -> None:
    with say.step("booting", DEMO / "log"):
        while not (DEMO / "ready").exists():
            if not keeper.pid(DEMO):
                raise say.StepFailed(f"the demo ended before it was ready:\n{(DEMO / 'log').read_text()}")
            time.sleep(0.1)


def tell() -> None:
    code = (DEMO / "ready").read_text()
    say.line((DEMO / "log").read_text().splitlines()[0])
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    print(f"get in:   ssh -p 2222 -i {DEMO}/ssh-key {options} agent@127.0.0.1   (then: git clone https://git.demo.test/acme/app)")
    print(f"approve:  http://anchor.shield.localhost:8711/#enrol={code}   (the code registers one passkey, once)")
    print("stop:     image/run stop")


def main() -> int:
    what = sys.argv[1] if len(sys.argv) > 1 else "start"
    if what not in ("start", "build", "stop", "reset"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if what in ("stop", "reset"):
            stop()
            if what == "reset":
                shutil.rmtree(DEMO, ignore_errors=True)
            return 0
        tools.check_host()
        if what == "build":
            print(disk.build())
        else:
            start()
            tell()
        return 0
    except say.StepFailed as error:
        print(f"image/run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say.line("image/run: interrupted; a demo that had begun to boot goes on: image/run waits for it, image/run stop ends it")
        return 130


if __name__ == "__main__":
    sys.exit(main())
