"""boot: PID 1 start → READY, against the same kernel with Debian's systemd and sshd to multi-user.

Both times are the guests' own monotonic clocks; runs alternate on the same emulator; medians; the last line is the ratio.
"""

import re
import statistics
import subprocess
import sys
from pathlib import Path

from image.vm import accel
from image.vm.workstation import Workstation


def ours(station: Workstation) -> float:
    machine = station.boot()
    event = machine.wait_event("ready", "failed")
    if event["event"] == "failed":
        sys.exit(f"our guest failed: {event}")
    machine.press_power_button()
    machine.wait_end()
    return (event["ready_us"] - event["init_start_us"]) / 1e6


def systemd(peer: Path, kernel: Path, directory: Path, accelerator: list[str]) -> float:
    console = directory / "peer-console.log"
    disk = directory / "peer.raw"
    subprocess.run(["cp", "--sparse=always", peer / "peer.raw", disk], check=True)
    subprocess.run(["qemu-system-x86_64", "-M", "q35,hpet=on", *accelerator, "-smp", "2", "-m", "2048", "-nodefaults", "-display", "none",
                    "-no-reboot", "-serial", f"file:{console}", "-device", "virtio-rng-pci", "-drive",
                    f"file={disk},if=none,id=r,format=raw", "-device", "virtio-blk-pci,drive=r", "-kernel", kernel, "-append",
                    "rw root=/dev/vda1 rootfstype=ext4 console=ttyS0 quiet loglevel=3 mitigations=auto pti=on init_on_alloc=1 "
                    "random.trust_cpu=on net.ifnames=0 systemd.show_status=0 systemd.firstboot=off"], check=True, timeout=200)
    text = console.read_text(errors="replace")
    begin = re.search(r"UserspaceTimestampMonotonic=(\d+)", text)
    end = re.search(r"ReachedSeconds=([\d.]+)", text)
    if not begin or not end:
        sys.exit(f"the peer did not say when it reached multi-user:\n{text[-2000:]}")
    return float(end[1]) - int(begin[1]) / 1e6


def main() -> None:
    image, peer, directory, runs = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    station = Workstation(directory, image)
    station.enter()
    accelerator, why = accel.choose(image / "bzImage")
    print(why)
    ours(station)  # formats the state disk: first boot is another figure
    a, b = [], []
    for run in range(runs):
        a.append(ours(station))
        b.append(systemd(peer, image / "bzImage", directory, accelerator))
        print(f"run {run + 1}: anchorhold {a[-1]:.2f} s, systemd {b[-1]:.2f} s", flush=True)
    station.stop()
    x, y = statistics.median(a), statistics.median(b)
    print(f"boot ratio={x / y:.3f} anchorhold_s={x:.2f} systemd_s={y:.2f} runs={runs}")


if __name__ == "__main__":
    main()
