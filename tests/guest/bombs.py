"""What an agent may use up, as data: each bomb is a Python text that takes all of one thing and goes on trying.

It makes the file SPENT/NAME once it was refused for the first time.
"""

SPENT = "/run/user/1000/spent"

PRELUDE = f"""
import errno, os, subprocess, sys, time
def spent(): os.makedirs({SPENT!r}, exist_ok=True); open({SPENT!r} + '/' + sys.argv[1], 'w').close()
"""


def _fill(path: str) -> str:
    return f"""
file = open({path!r}, 'wb', buffering=0)
while True:
    try: file.write(bytes(1 << 20))
    except OSError as e:
        if e.errno not in (errno.ENOSPC, errno.EDQUOT): raise
        spent(); time.sleep(.05)
"""


BOMBS = {
    # In C and linked statically: Python is so large that on an emulated processor thousands of it take many minutes.
    "fork": f"""
text = '''
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
int main(void) {{
    for (;;) {{
        if (fork() >= 0) continue;
        mkdir("{SPENT}", 0755);
        close(open("{SPENT}/fork", O_CREAT | O_WRONLY, 0644));
        sleep(5);
    }}
}}
'''
subprocess.run(['cc', '-O1', '-static', '-x', 'c', '-', '-o', '/home/agent/fork-bomb'], input=text.encode(), check=True)
os.execv('/home/agent/fork-bomb', ['fork-bomb', 'the-bomb'])
""",
    # Its children are what the kernel ends, since they are larger than it is.
    "memory": """
while True:
    if os.fork() == 0:
        held = []
        while True: held.append(b'x' * (16 << 20))
    _, status = os.wait()
    if os.WIFSIGNALED(status): spent()
""",
    "tmp": _fill("/tmp/fill"),
    "shm": _fill("/dev/shm/fill"),
    "disk": _fill("/home/agent/fill"),
}


def start(name: str) -> str:
    """A script that leaves the bomb behind, under a name that pkill -f finds."""
    return f"rm -f {SPENT}/{name}; cat >/home/agent/bomb.py <<'BOMB'\n{PRELUDE}{BOMBS[name]}\nBOMB\n" \
           f"setsid nohup python3 -c \"$(cat /home/agent/bomb.py)\" {name} the-bomb >/dev/null 2>&1 </dev/null &"


# All of the user's processes at once, the session that says it with them: of a bomb that is ended one by one each place
# that becomes free is taken by a new one, and only the shell itself needs to run for it.
END = "kill -9 -1"
TIDY = f"! pgrep -f the-bom[b] && rm -rf {SPENT} /tmp/fill /dev/shm/fill /home/agent/fill"
