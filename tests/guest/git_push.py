"""A push from the guest, by the agent, with unmodified git and no configuration, while a test looks on."""

import subprocess
import threading
from typing import IO

from image.vm.wait import wait_until
from tests.guest.world import World


class Push:
    """Clones, commits once and pushes; the output is collected as it comes."""

    def __init__(self, world: World, repository: str, refspec: str = "HEAD:refs/heads/main", before: str = "", files: str = "date +%N > f"):
        script = f"""set -e
cd "$(mktemp -d)"
git clone -q https://git.demo.test/{repository} work
cd work
{files}
git add -A
git commit -q -m 'from the agent'
{before}
echo "NEW $(git rev-parse HEAD)"
set +e
git push origin {refspec} 2>&1
echo "EXIT $?"
"""
        self.lines: list[str] = []
        self.process = subprocess.Popen(world.ssh_command("bash", "-s"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(script.encode())
        self.process.stdin.close()
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), daemon=True)
        self._reader.start()

    def _read(self, output: IO[bytes]) -> None:
        for line in output:
            self.lines += [part.decode(errors="replace").rstrip() for part in line.replace(b"\r", b"\n").split(b"\n") if part.strip()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, text: str, seconds: float = 300) -> None:
        def came() -> bool:
            more = self._reader.is_alive()
            came = text in self.text
            assert came or more, f"{text!r} did not come; git said:\n{self.text}"
            return came

        wait_until(came, repr(text), lambda: f"git said:\n{self.text}", seconds=seconds)

    def finish(self, seconds: float = 300) -> int:
        """git's own exit status."""
        self.process.wait(seconds)
        self._reader.join(60)
        last = [line for line in self.lines if line.startswith("EXIT ")]
        assert last, f"the push's script ended early:\n{self.text}"
        return int(last[-1].split()[1])

    @property
    def commit(self) -> str:
        return next(line.split()[1] for line in self.lines if line.startswith("NEW "))
