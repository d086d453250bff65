"""The image: mkosi's disk with our programs, AppArmor profiles and the allowed signers in it."""

import shutil
from pathlib import Path

from . import cache, console, debian, kernel, lock, programs, signing, tools

GUEST = cache.REPO / "image/guest"
FINISH = cache.REPO / "image/finish"
CONFIG = [cache.REPO / "mkosi.conf", cache.REPO / "image/partitions", cache.REPO / "image/cmdline", cache.REPO / "image/hardened",
          FINISH, GUEST]


def build(preset: str = "release") -> Path:
    """Directory with anchorhold.raw (GPT disk), anchorhold.efi (UKI), bzImage, vmlinux and anchorhold.cmdline."""
    kernel_directory = kernel.build()
    with programs.installed(preset) as tree:
        _add_data(tree)
        key = cache.digest(*CONFIG, tree, str(kernel_directory), str(tools.tree()), preset, debian.sources(), lock.preferences("image"))
        image = cache.make("image", key, lambda into: _make(into, tree, kernel_directory, preset), keep=4)
    lock.say_moved("image", lock.moved("image", lock.manifest(image / "anchorhold.manifest")))
    return image


def _make(into: Path, tree: Path, kernel_directory: Path, preset: str) -> None:
    # mkosi keeps the installed packages here; other locked versions are another base.
    packages = cache.make("image-packages", cache.digest(debian.sources(), lock.preferences("image")), lambda _: None, keep=2)
    tools.mkosi(
        f"image ({preset})", "image",
        [f"--tools-tree={tools.tree()}", f"--output-directory={into}", f"--cache-directory={packages}", "--incremental=yes",
         f"--extra-tree={tree}", "--force", "build"],
        log_name=f"image-{preset}", cwd=cache.REPO,
    )
    console.run("UKI and command line", tools.sandbox([FINISH, into, kernel_directory]), log_name=f"finish-{preset}")


def _add_data(tree: Path) -> None:
    """What is not CMake's to install."""
    share = tree / "usr/share/anchorhold"
    shutil.copytree(GUEST / "ssh", share / "ssh", dirs_exist_ok=True)
    (share / "allowed_signers").write_text(signing.allowed_signers())
    (share / "kernel-options-unknown").write_text(kernel.unknown())
    console.run("AppArmor profiles", tools.sandbox([GUEST / "apparmor/compile", tree / "usr/lib/anchorhold/apparmor"]),
            log_name="apparmor")
