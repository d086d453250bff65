"""Which accelerator works here. /dev/kvm may exist and still not run a stock kernel, so KVM is tried, not assumed."""

import os
import subprocess
from pathlib import Path

from image.host import cache

PROBE_SECONDS = 6
# A lean CPU for the emulator: AVX would be taken by every library and emulated slowly; AES, RDRAND and SMEP/SMAP are cheap.
TCG = ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "Nehalem,+aes,+pclmulqdq,+rdrand,+rdseed,+smep,+smap,+umip,+fsgsbase,+xsave"]
KVM = ["-accel", "kvm", "-cpu", "host"]


def choose(kernel: Path) -> tuple[list[str], str]:
    """qemu's arguments and one sentence for the person; remembered until the host reboots."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    memory = cache.ROOT / "accel" / boot
    if memory.exists():
        works = memory.read_text() == "kvm"
    else:
        works = os.access("/dev/kvm", os.R_OK | os.W_OK) and _kernel_starts(kernel)
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text("kvm" if works else "tcg")
    if works:
        return KVM, "KVM: tried, works"
    why = "KVM was tried and does not run a kernel here" if Path("/dev/kvm").exists() else "no /dev/kvm"
    return TCG, f"TCG emulation ({why}): correct, but ten times slower"


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
