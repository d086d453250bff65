"""Which accelerator works here. /dev/kvm may exist and still not run a stock kernel, so KVM is tried, not assumed."""

import os
import subprocess
import time
from pathlib import Path

from image.host import cache

DEVICE = Path("/dev/kvm")
PROBE_SECONDS = 6
# A busy machine may fail the probe, so a no is asked again; a yes holds until the host reboots.
NO_HOLDS_SECONDS = 3600
# A lean CPU for the emulator: AVX would be taken by every library and emulated slowly; AES, RDRAND and SMEP/SMAP are cheap.
TCG = ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "Nehalem,+aes,+pclmulqdq,+rdrand,+rdseed,+smep,+smap,+umip,+fsgsbase,+xsave"]
KVM = ["-accel", "kvm", "-cpu", "host"]


def choose(kernel: Path) -> tuple[list[str], str]:
    """qemu's arguments and one sentence for the person."""
    if not DEVICE.exists():
        why = "no /dev/kvm"
    elif not os.access(DEVICE, os.R_OK | os.W_OK):
        why = "/dev/kvm is there but not for you: have yourself added to the group kvm and log in again"
    elif _kvm_works(kernel):
        return KVM, "KVM: tried, works"
    else:
        why = "KVM was tried and does not run a kernel here"
    return TCG, f"TCG emulation ({why}): correct, but ten times slower"


def _kvm_works(kernel: Path) -> bool:
    """What the last probe said, if that still holds; else a new one."""
    memory = cache.ROOT / "accel" / Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    if memory.exists():
        if memory.read_text() == "kvm":
            return True
        if time.time() - memory.stat().st_mtime < NO_HOLDS_SECONDS:
            return False
    works = _kernel_starts(kernel)
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text("kvm" if works else "tcg")
    return works


def _kernel_starts(kernel: Path) -> bool:
    """Whether the kernel reaches its own 'no root' panic, which pvpanic turns into qemu's exit, in a few seconds."""
    command = ["qemu-system-x86_64", "-M", "q35", *KVM, "-m", "256", "-nodefaults", "-display", "none", "-no-reboot",
               "-serial", "stdio", "-device", "pvpanic-pci", "-action", "panic=exit-failure",
               "-kernel", str(kernel), "-append", "console=ttyS0 panic=-1"]
    try:
        end = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=PROBE_SECONDS, check=False)
    except (subprocess.TimeoutExpired, OSError):
        return False
    return b"Kernel panic" in end.stdout
