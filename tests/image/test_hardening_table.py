"""kernel-config/README.md names every word of the command line and every sysctl in which the guest is not as
kernel-hardening-checker wishes, and no other. The wishes are that checker's, for x86-64, as far as our kernel has the thing at all."""

import re
import runpy
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]

# What must stand there. Where the kernel's configuration says it already, the command line need not.
WISHED_WORDS = {
    "mitigations": "auto,nosmt", "nosmt": "", "pti": "on", "slab_nomerge": "", "page_alloc.shuffle": "1", "init_on_alloc": "1",
    "init_on_free": "1", "randomize_kstack_offset": "1", "vsyscall": "none", "bdev_allow_write_mounted": "0", "cfi": "kcfi",
    "iommu": "force", "iommu.strict": "1",
    # With mitigations=auto,nosmt these need not be said.
    **dict.fromkeys(("spectre_v2", "spectre_v2_user", "spectre_bhi", "spec_store_bypass_disable", "l1tf", "mds", "tsx_async_abort", "srbds",
                     "mmio_stale_data", "retbleed", "spec_rstack_overflow", "gather_data_sampling", "reg_file_data_sampling"), "on"),
}
UNWISHED_WORDS = ("nopti", "nospectre_v1", "nospectre_v2", "nospectre_bhb", "nospec_store_bypass_disable", "nosmep", "nosmap", "nokaslr",
                  "dis_ucode_ldr", "slab_merge", "slub_merge", "sysrq_always_enabled", "norandmaps", "debugfs", "ia32_emulation", "vdso32",
                  "rodata", "hardened_usercopy", "kfence.sample_interval", "iommu.passthrough", "tsx")
WISHED_SYSCTLS = {
    "net.core.bpf_jit_harden": "2", "kernel.oops_limit": "100", "kernel.warn_limit": "100", "kernel.dmesg_restrict": "1",
    "kernel.perf_event_paranoid": "3", "user.max_user_namespaces": "0", "dev.tty.ldisc_autoload": "0", "kernel.kptr_restrict": "2",
    "kernel.unprivileged_bpf_disabled": "1", "fs.protected_symlinks": "1", "fs.protected_hardlinks": "1", "fs.protected_fifos": "2",
    "fs.protected_regular": "2", "fs.suid_dumpable": "0", "kernel.randomize_va_space": "2", "kernel.yama.ptrace_scope": "3",
}


def excepted(where: str) -> set[str]:
    """Names in the second column of the table's rows about that."""
    rows = re.findall(rf"^\| {where} \| (.*?) \|", (REPO / "kernel-config/README.md").read_text(), re.MULTILINE)
    return {word.split("=")[0] for row in rows for word in re.findall(r"`([^`]+)`", row)}


def test_the_words_of_the_command_line():
    words = dict((word + "=").split("=")[:2] for word in runpy.run_path(str(REPO / "image/cmdline"))["OPTIONS"])
    assert not set(words) & set(UNWISHED_WORDS)
    assert {name for name, value in WISHED_WORDS.items() if words.get(name) != value} == excepted("command line")


def test_the_sysctls():
    table = (REPO / "init/policy/sysctl_table.cpp").read_text()
    ours = {name.replace("/", "."): value for name, value in re.findall(r'^    \{"([^"]+)", "([^"]*)",', table, re.MULTILINE)}
    assert {name for name, value in WISHED_SYSCTLS.items() if ours.get(name) != value} == excepted("sysctl")
