"""Signals, jobs, process lists, debuggers, terminals: what an agent does with its own processes."""

from .row import Row, node, python

NODE = "nodejs is not in the tools tree"
PSMISC = "psmisc is not in the tools tree"
DEBUGGED = "sleep 600 & child=$!; until [ -r /proc/$child/exe ] && [ \"$(readlink /proc/$child/exe)\" = \"$(command -v sleep)\" ]; do sleep .1; done; "

ROWS = [
    # Signals.
    Row("kill-itself", "kill $$; sleep 600", exit=143),
    Row("kill-a-child", "sleep 600 & kill $!; wait $!; echo $?", "^143$"),
    Row("kill-9-a-child", "sleep 600 & kill -9 $!; wait $!; echo $?", "^137$"),
    Row("kill-0-of-a-child", "sleep 600 & kill -0 $! && kill $!; wait $!; kill -0 $! 2>/dev/null; echo $?", "^1$"),
    Row("kill-a-group", "setsid sh -c 'sleep 600 & sleep 600' & g=$!; until [ \"$(ps -o pgid= -p $g | tr -d ' ')\" = $g ]; do sleep .1; done; "
        "kill -- -$g; wait $g; echo $?", "^143$"),
    Row("kill-l", "kill -l 15", "^TERM$"),
    Row("trap-term", "trap 'echo caught; exit 3' TERM; kill $$; sleep 600", "^caught$", exit=3),
    Row("trap-exit", "trap 'echo over' EXIT; true", "^over$"),
    Row("timeout", "timeout 1 sleep 600; echo $?", "^124$"),
    Row("timeout-kill", "timeout -s KILL 1 sleep 600; echo $?", "^137$"),
    Row("timeout-of-one-that-ignores-term", "timeout -k 1 1 sh -c 'trap \"\" TERM; while :; do sleep 1; done'; echo $?", "^137$"),
    Row("a-crash-is-told", "sh -c 'kill -SEGV $$'; echo $?", "^139$"),
    Row("abort-is-told", python("import os; os.abort()"), exit=134),
    Row("alarm", python("import signal, time\nsignal.alarm(1)\ntime.sleep(600)"), exit=142),
    Row("interval-timer", python("""
import signal, time
n = []
signal.signal(signal.SIGALRM, lambda *_: n.append(1)); signal.setitimer(signal.ITIMER_REAL, .1, .1)
while len(n) < 3: signal.pause()
signal.setitimer(signal.ITIMER_REAL, 0); print("three")
"""), "^three$"),
    Row("sigterm-handler", python("""
import os, signal
signal.signal(signal.SIGTERM, lambda *_: (print("saved", flush=True), os._exit(5))); os.kill(os.getpid(), signal.SIGTERM); signal.pause()
"""), "^saved$", exit=5),
    Row("stop-and-continue", "sleep 600 & kill -STOP $!; until ps -o stat= -p $! | grep -q ^T; do sleep .1; done; kill -CONT $!; "
        "until ps -o stat= -p $! | grep -q ^S; do sleep .1; done; kill $!; wait $!; echo $?", "^143$"),
    Row("wait-n", "(sleep 600) & s=$!; (exit 7) & wait -n; echo $?; kill $s", "^7$"),
    # Job control.
    Row("jobs-bg", "set -m; sleep 600 & kill -STOP %1; until jobs | grep -q Stopped; do sleep .1; done; bg %1; jobs; kill %1; wait %1; echo $?",
        r"Running(.|\n)*^143$"),
    Row("jobs-fg", "set -m; sleep 1 & fg %1; echo $?", r"^sleep 1$(.|\n)*^0$"),
    Row("job-control-on-a-terminal", python(r"""
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp("bash", ["bash", "--norc", "-i"])
said = b""
def until(text):
    global said
    while text not in said: said += os.read(terminal, 4096)
    said = said[said.index(text) + len(text):]
os.write(terminal, b"PS1=; echo be''gun\n"); until(b"begun\r\n")
os.write(terminal, b"sh -c \"echo st''art; exec sleep 600\"\n"); until(b"start\r\n"); os.write(terminal, b"\x1a"); until(b"Stopped")
os.write(terminal, b"bg; jobs\n"); until(b"Running")
os.write(terminal, b"kill %1; wait %1; echo end=$?\n"); until(b"end=143"); print("all of it")
"""), "^all of it$"),
    Row("interrupt-key", python(r"""
import os, pty
pid, terminal = pty.fork()
if pid == 0: os.execvp("cat", ["cat"])
os.write(terminal, b"x\n"); said = b""
while said.count(b"x") < 2: said += os.read(terminal, 4096)
os.write(terminal, b"\x03"); print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""), "^-2$"),
    Row("coprocess", "coproc cat; echo there >&${COPROC[1]}; read -ru ${COPROC[0]} back; echo $back; kill $COPROC_PID", "^there$"),
    # Seeing one's own.
    Row("ps-aux", "sleep 60011 & ps aux | grep '[s]leep 60011'; kill $!", r"sleep 60011"),
    Row("ps-ef", "sleep 60012 & ps -ef | grep '[s]leep 60012'; kill $!", r"sleep 60012"),
    Row("ps-by-parent", "sleep 60013 & ps -o args= --ppid $$ | grep '^sleep'; kill $!", "^sleep 60013$"),
    Row("ps-threads", "ps -L -o tid= -p $$ | tr -d ' ' | grep -cx $$", "^1$"),
    Row("top", "sleep 60014 & TERM=dumb top -b -n 1 -c -w 200 | grep -c '[s]leep 60014'; kill $!", "^[1-9]"),
    Row("pgrep", "sleep 60015 & p=$!; pgrep -f '^sleep 60015$' | grep -cx $p; kill $p", "^1$"),
    Row("pkill", "sleep 60016 & p=$!; until pgrep -f '^sleep 60016$' >/dev/null; do sleep .1; done; pkill -f '^sleep 60016$'; wait $p; echo $?", "^143$"),
    Row("pidof", "cp \"$(command -v sleep)\" napper; ./napper 600 & p=$!; until pidof napper >/dev/null; do sleep .1; done; pidof napper | grep -cx $p; kill $p", "^1$"),
    Row("pstree", "sleep 60017 & pstree $$; kill $!", "sleep", lacks=PSMISC),
    Row("killall", "cp \"$(command -v sleep)\" napkin; ./napkin 600 & p=$!; until pidof napkin >/dev/null; do sleep .1; done; killall napkin; wait $p; echo $?",
        "^143$", lacks=PSMISC),
    Row("fuser", "exec 7>held; fuser held; exec 7>&-", r"\d", lacks=PSMISC),
    Row("environment-of-a-child", "OWN=word sleep 600 & until tr '\\0' '\\n' </proc/$!/environ | grep -x OWN=word; do sleep .1; done; kill $!", "^OWN=word$"),
    Row("descriptors-of-a-child", "sleep 600 7>held & until readlink /proc/$!/fd/7 2>/dev/null; do sleep .1; done; kill $!", "held$"),
    Row("proc-self", "readlink /proc/self/exe; grep -c . /proc/self/maps; grep Name: /proc/self/status; ls /proc/self/fd | grep -c .; grep 'open files' /proc/self/limits",
        r"(?s)/readlink.*Name:\s+grep.*Max open files"),
    # Debuggers.
    Row("strace", "strace -f -o trace sh -c 'true | cat'; grep -c 'exited with 0' trace", "^[23]$"),
    Row("strace-attached", DEBUGGED + "strace -o trace -p $child & s=$!; until grep -q sleep trace 2>/dev/null; do kill -0 $s || exit 1; sleep .1; done; "
        "kill $child; wait $s; grep -o 'killed by SIGTERM' trace", "^killed by SIGTERM$"),
    Row("gdb", "gdb -q -batch -ex run -ex 'print 6*7' --args /bin/true", r"exited normally(.|\n)*= 42"),
    Row("gdb-breakpoint", "printf 'int twice(int a){return 2*a;}\\nint main(){return twice(21);}\\n' >t.c; gcc -g t.c; gdb -q -batch -ex 'break twice' -ex run -ex bt -ex finish ./a.out",
        r"#1 .*main(.|\n)*= 42"),
    Row("gdb-attached", DEBUGGED + "gdb -q -batch -p $child -ex 'info inferiors'; kill $child; wait $child; echo $?", r"process \d+(.|\n)*^143$"),
    Row("gcore-by-gdb", DEBUGGED + "gdb -q -batch -p $child -ex 'generate-core-file kept' >/dev/null; kill $child; head -c 4 kept | od -An -c", "E +L +F"),
    # Languages that start and stop others.
    Row("python-timeout", python("""
import subprocess
try: subprocess.run(["sleep", "600"], timeout=1)
except subprocess.TimeoutExpired: print("timed out")
"""), "^timed out$"),
    Row("python-terminate", python("import subprocess; p = subprocess.Popen(['sleep', '600']); p.terminate(); print(p.wait())"), "^-15$"),
    Row("python-kill", python("import subprocess; p = subprocess.Popen(['sleep', '600']); p.kill(); print(p.wait())"), "^-9$"),
    Row("python-killpg", python("""
import os, signal, subprocess
p = subprocess.Popen("sleep 600 | sleep 600", shell=True, start_new_session=True); os.killpg(p.pid, signal.SIGTERM); print(p.wait())
"""), "^-15$"),
    Row("python-asyncio-process", python("""
import asyncio
async def main():
    p = await asyncio.create_subprocess_exec("sleep", "600")
    try: await asyncio.wait_for(p.wait(), 1)
    except TimeoutError: p.terminate(); print(await p.wait())
asyncio.run(main())
"""), "^-15$"),
    Row("python-setpgid", python("""
import os
if (p := os.fork()) == 0: os.setpgid(0, 0); print(os.getpgid(0) == os.getpid(), flush=True); os._exit(0)
os.waitpid(p, 0)
"""), "^True$"),
    Row("node-kill", node("const c = require('child_process').spawn('sleep', ['600']); c.on('exit', (_, s) => console.log(s)); setTimeout(() => c.kill(), 300)"),
        "^SIGTERM$", lacks=NODE),
    Row("node-timeout", node("require('child_process').execFile('sleep', ['600'], {timeout: 300}, e => console.log(e.killed, e.signal))"),
        "^true SIGTERM$", lacks=NODE),
    Row("node-detached-group", node("const c = require('child_process').spawn('sh', ['-c', 'sleep 600 | sleep 600'], {detached: true});"
                                    "c.on('exit', (_, s) => console.log(s)); setTimeout(() => process.kill(-c.pid, 'SIGKILL'), 300)"), "^SIGKILL$", lacks=NODE),
    Row("node-fork", "echo \"process.on('message', m => { process.send(m + 1); process.disconnect() })\" >child.js; " +
        node("const c = require('child_process').fork('./child.js'); c.on('message', m => console.log(m)); c.send(41)"), "^42$", lacks=NODE),
    Row("node-worker-threads", node("const w = require('worker_threads'); const W = new w.Worker('require(\"worker_threads\").parentPort.postMessage(6*7)', {eval: true});"
                                    "W.on('message', m => console.log(m))"), "^42$", lacks=NODE),
    # Sessions and terminals.
    Row("setsid", "setsid --wait sh -c '[ $(ps -o sid= -p $$) = $$ ] && echo leads'", "^leads$"),
    Row("script-gives-a-terminal", "script -qec tty /dev/null", "/dev/pts/"),
    Row("terminal-size", python("""
import fcntl, os, pty, struct, subprocess, termios
a, b = pty.openpty(); fcntl.ioctl(b, termios.TIOCSWINSZ, struct.pack("4H", 30, 100, 0, 0)); print(subprocess.check_output(["stty", "size"], stdin=b).decode())
"""), "^30 100$"),
    Row("python-pty", python("import pty; pty.spawn(['tty'])"), "/dev/pts/"),
    Row("tmux", "t() { tmux -S $PWD/s \"$@\"; }; t -f /dev/null new-session -d -x 80 -y 24 'bash --norc'; t send-keys 'echo $((40+2))' Enter; "
        "until t capture-pane -p | grep -x 42; do sleep .2; done; t kill-server; t ls 2>&1", r"^42$(.|\n)*no server", exit=1),
    # Priorities and limits.
    Row("nice", "nice -n 5 nice", "^5$"),
    Row("no-negative-nice", "nice -n -5 nice 2>&1", "[Pp]ermission denied"),
    Row("renice-own", "sleep 600 & renice -n 7 -p $! >/dev/null; ps -o ni= -p $!; kill $!", "7$"),
    Row("ionice", "ionice -c 2 -n 7 true; ionice -c 3 ionice", "^idle$"),
    Row("taskset", "taskset -c 0 nproc", "^1$"),
    Row("sched-yield", python("import os; os.sched_yield(); print(len(os.sched_getaffinity(0)) > 0)"), "^True$"),
    Row("batch-scheduling", "chrt -b 0 true; echo $?", "^0$"),
    Row("open-files-raised", "ulimit -n 4096; ulimit -n", "^4096$"),
    Row("core-limit-raised", "ulimit -Sc unlimited; ulimit -c", "^unlimited$"),
    Row("stack-limit", "ulimit -s 4096; ulimit -s", "^4096$"),
    Row("cpu-limit", "(ulimit -t 1; while :; do :; done); echo $?", "^(137|152)$"),
    Row("memory-limit", "(ulimit -v 500000; " + python("bytearray(1 << 30)") + " 2>&1 | tail -1)", "^MemoryError"),
    Row("umask", "umask 027; touch f; stat -c %a f", "^640$"),
]
