"""A debug boot: the image as it is, with a root shell outside the cell on the serial port, and a gdb stub of the machine.

The host chooses the kernel's command line, so no program of the guest has a switch for this. bash is started in place of
PID 1, leaves a shell behind and becomes init. The guest says in its name that it is one: on the console page, in every
audit record and at the agent's prompt. A guest that boots the UKI cannot be had so: its command line is part of it."""

from pathlib import Path

HOSTNAME = "debug-not-protected"
WARNING = "DEBUG BOOT: a root shell is outside the cell on the serial port; nothing in this guest is protected from it."
# The kernel opened /dev/console for what it starts; a shell's program in the background would get /dev/null as its input.
SCRIPT = (f"echo; echo '{WARNING}'; echo; "
          "(while :; do PS1='root, outside the cell # ' TERM=linux HOME=/root setsid -c bash --norc --noprofile -i 0<&1; sleep 1; done) & "
          "exec /usr/sbin/init")


def command_line(words: str) -> str:
    """The image's own command line, and behind it what starts the shell (what follows `--` is for the first program); the kernel
    stays where vmlinux says, so that gdb knows its symbols."""
    return f'{words} nokaslr init=/usr/bin/bash -- -c "{SCRIPT}"'


def qemu_arguments(directory: Path, debug: bool) -> list[str]:
    """The serial port, whose text is always in console.log; with `debug` it takes input too, and gdb has a socket."""
    if not debug:
        (directory / "serial").unlink(missing_ok=True)
        return ["-serial", f"file:{directory}/console.log"]
    return ["-chardev", f"socket,id=serial,path={directory}/serial,server=on,wait=off,logfile={directory}/console.log",
            "-serial", "chardev:serial", "-gdb", f"unix:{directory}/gdb,server=on,wait=off"]


def is_on(directory: Path) -> bool:
    """Whether the last boot in this directory was one."""
    return (directory / "serial").exists()


def attach(directory: Path) -> list[str]:
    """The command, for the tools tree, that connects a terminal to the shell."""
    return ["socat", "-,raw,echo=0,escape=0x1d", f"UNIX-CONNECT:{directory}/serial"]


def how_to_use(directory: Path) -> str:
    return (f"{WARNING}\n"
            "shell:    image/run shell   (Ctrl-] leaves it; strace and gdb are there)\n"
            f"kernel:   image/in-tools gdb $(image/run build)/vmlinux -ex 'target remote {directory}/gdb'")
