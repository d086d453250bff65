"""A debug boot says what it is, and no other boot has a root shell."""

import shlex
import subprocess

from image.vm import debug


def test_only_a_debug_boot_takes_input_or_a_debugger(tmp_path):
    assert debug.qemu_arguments(tmp_path, debug=False) == ["-serial", f"file:{tmp_path}/console.log"]
    assert any(word.startswith("unix:") for word in debug.qemu_arguments(tmp_path, debug=True))


def test_a_boot_that_is_none_is_not_taken_for_one(tmp_path):
    (tmp_path / "serial").touch()
    assert debug.is_on(tmp_path)
    debug.qemu_arguments(tmp_path, debug=False)
    assert not debug.is_on(tmp_path)


def test_the_first_program_warns_leaves_a_shell_behind_and_becomes_init():
    words = shlex.split(debug.command_line("ro quiet"))
    assert words[:-1] == ["ro", "quiet", "nokaslr", "init=/usr/bin/bash", "--", "-c"]
    assert debug.WARNING in words[-1] and words[-1].endswith("& exec /usr/sbin/init")
    assert '"' not in words[-1], "the kernel's own quoting"
    subprocess.run(["bash", "-n", "-c", words[-1]], check=True)
