"""memory: what PID 1 and all shield processes hold, idle, in the booted guest.

Read by the controls image's port (the shipped one has none). The kernel has no smaps (PROC_PAGE_MONITOR is off), so this is
an upper bound of the sum of PSS: anonymous pages, which nobody shares, and the file pages of each process as if it shared
none. Where the kernel counts PSS, that is printed instead.
"""

import sys
import time
from pathlib import Path

from image.vm.workstation import Workstation

AIM_MIB = 48


def main() -> None:
    image, directory = Path(sys.argv[1]), Path(sys.argv[2])
    station = Workstation(directory, image)
    station.enter()
    machine = station.boot()
    if (event := machine.wait_event("ready", "failed"))["event"] == "failed":
        sys.exit(f"the guest failed: {event}")
    time.sleep(15)
    machine.command("memory")
    weights = {k: v for k, v in machine.answers.get(timeout=60).items() if isinstance(v, dict)}
    station.stop()
    total = 0
    for name, kib in sorted(weights.items()):
        held = kib.get("Pss", kib["RssAnon"] + kib["RssShmem"] + kib["RssFile"])
        total += held
        print(f"{name:10} {held / 1024:6.1f} MiB  (anonymous {kib['RssAnon'] / 1024:.1f}, file {kib['RssFile'] / 1024:.1f})")
    anonymous = sum(k["RssAnon"] + k["RssShmem"] for k in weights.values()) / 1024
    largest_file = max(k["RssFile"] for k in weights.values()) / 1024
    kind = "pss" if all("Pss" in k for k in weights.values()) else "rss, an upper bound of pss"
    print(f"private pages {anonymous:.1f} MiB; the largest process maps {largest_file:.1f} MiB of files")
    print(f"memory ratio={total / 1024 / AIM_MIB:.2f} mib={total / 1024:.1f} ({kind}; against the aim of {AIM_MIB} MiB)")


if __name__ == "__main__":
    main()
