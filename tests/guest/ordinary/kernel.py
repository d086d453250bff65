"""What programs ask of the kernel between themselves: shared memory, semaphores, queues, descriptors that stand for events."""

from .row import Row, node, python

NODE = "nodejs is not in the tools tree"

ROWS = [
    Row("multiprocessing-pool", python("import multiprocessing as m\nwith m.Pool(4) as p: print(sum(p.map(abs, range(-9, 0))))"), "^45$"),
    Row("process-pool-executor", python("import concurrent.futures as f\nwith f.ProcessPoolExecutor(2) as p: print(sum(p.map(abs, [-1, -2])))"), "^3$"),
    Row("multiprocessing-terminate", python("import multiprocessing as m, time\np = m.Process(target=time.sleep, args=(600,)); p.start(); p.terminate(); p.join(); print(p.exitcode)"), "^-15$"),
    Row("multiprocessing-shared-memory", python("""
import os
from multiprocessing import shared_memory as s
a = s.SharedMemory(create=True, size=4096)
if (p := os.fork()) == 0: a.buf[0] = 42; os._exit(0)
os.waitpid(p, 0); print(a.buf[0]); a.close(); a.unlink()
"""), "^42$"),
    Row("posix-semaphore", python("""
import multiprocessing as m
s = m.Semaphore(0); p = m.Process(target=s.release); p.start(); print(s.acquire(timeout=60)); p.join()
"""), "^True$"),
    Row("sysv-semaphore", "i=$(ipcmk -S 2 | grep -o '[0-9]*$'); ipcs -s | grep -c \" $i \"; ipcrm -s $i; echo $?", r"^1$(.|\n)*^0$"),
    Row("sysv-shared-memory", "i=$(ipcmk -M 4096 | grep -o '[0-9]*$'); ipcrm -m $i; echo $?", "^0$"),
    Row("sysv-queue", "i=$(ipcmk -Q | grep -o '[0-9]*$'); ipcrm -q $i; echo $?", "^0$"),
    Row("posix-queue", python("""
import ctypes, os
c = ctypes.CDLL(None, use_errno=True); name = b"/ordinary-%d" % os.getpid(); q = c.mq_open(name, os.O_CREAT | os.O_RDWR, 0o600, None)
assert q >= 0, os.strerror(ctypes.get_errno())
b = ctypes.create_string_buffer(8192); z = ctypes.c_size_t
c.mq_send(q, b"hello", z(5), 1); n = c.mq_receive(q, b, z(8192), None); print(b.raw[:n].decode()); c.mq_unlink(name)
"""), "^hello$"),
    Row("threads", python("import threading as t\nn = []; a = [t.Thread(target=n.append, args=(1,)) for _ in range(64)]; [x.start() for x in a]; [x.join() for x in a]; print(len(n))"), "^64$"),
    Row("futex-between-processes", python("""
import multiprocessing as m
def turn(c, v):
    with c: v.value = 1; c.notify()
c, v = m.Condition(), m.Value("i", 0)
with c: p = m.Process(target=turn, args=(c, v)); p.start(); print(c.wait_for(lambda: v.value == 1, 60))
p.join()
"""), "^True$"),
    Row("inotify", python("""
import ctypes, os
c = ctypes.CDLL(None); f = c.inotify_init1(0); c.inotify_add_watch(f, b".", 0x100); open("new", "w").close(); print(os.read(f, 4096)[16:19].decode())
"""), "^new$"),
    Row("node-fs-watch", node("const fs = require('fs'); const w = fs.watch('.', (_, f) => { console.log(f); w.close(); clearInterval(t) });"
                              "const t = setInterval(() => fs.writeFileSync('seen', 'x'), 100)"), "^seen$", lacks=NODE),
    Row("node-fs-watch-recursive", "mkdir -p a/b; " + node("const fs = require('fs'); const w = fs.watch('.', {recursive: true}, (_, f) => { if (f == 'a/b/seen') { console.log(f);"
                              "process.exit(0) } }); setInterval(() => fs.writeFileSync('a/b/seen', 'x'), 100)"), "^a/b/seen$", lacks=NODE),
    Row("flock", "flock -n lock sh -c 'flock -n lock true; echo $?'; flock -n lock true; echo $?", r"^1$\n^0$"),
    Row("posix-lock", python("""
import fcntl, os
f = open("l", "w"); fcntl.lockf(f, fcntl.LOCK_EX)
if (p := os.fork()) == 0:
    try: fcntl.lockf(open("l", "w"), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as e: print(e.strerror, flush=True)
    os._exit(0)
os.waitpid(p, 0)
"""), "^Resource temporarily unavailable$"),
    Row("fifo", "mkfifo p; echo through >p & cat p", "^through$"),
    Row("mmap-shared", python("""
import mmap, os
f = open("m", "w+b"); f.truncate(4096); m = mmap.mmap(f.fileno(), 4096)
if (p := os.fork()) == 0: m[:5] = b"there"; os._exit(0)
os.waitpid(p, 0); print(open("m", "rb").read(5).decode())
"""), "^there$"),
    Row("mmap-executable", python("""
import ctypes, mmap
m = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC); m.write(bytes.fromhex("b82a000000c3"))
print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))())
"""), "^42$"),
    Row("sendfile", python("import os\nopen('a', 'w').write('sent'); o = os.open('b', os.O_WRONLY | os.O_CREAT); os.sendfile(o, os.open('a', 0), 0, 4); print(open('b').read())"), "^sent$"),
    Row("splice", python("import os\nr, w = os.pipe(); os.write(w, b'spliced'); os.splice(r, os.open('f', os.O_WRONLY | os.O_CREAT), 7); print(open('f').read())"), "^spliced$"),
    Row("copy-file-range", python("import os\nopen('a', 'w').write('copied'); os.copy_file_range(os.open('a', 0), os.open('b', os.O_WRONLY | os.O_CREAT), 6); print(open('b').read())"), "^copied$"),
    Row("fallocate", "fallocate -l 1M f; stat -c %s f", "^1048576$"),
    Row("memfd", python("import os\nf = os.memfd_create('m'); os.write(f, b'x'); print(os.readlink(f'/proc/self/fd/{f}'))"), "memfd:m"),
    Row("eventfd", python("import os\nf = os.eventfd(3); print(os.eventfd_read(f))"), "^3$"),
    Row("timerfd", python("import os, time\nf = os.timerfd_create(time.CLOCK_MONOTONIC); os.timerfd_settime(f, initial=.1); print(os.read(f, 8)[0])"), "^1$"),
    Row("signalfd", python("""
import ctypes, os, signal, struct
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]); m = ctypes.create_string_buffer(struct.pack("Q", 1 << signal.SIGUSR1 - 1) + bytes(120))
f = ctypes.CDLL(None).signalfd(-1, m, 0); os.kill(os.getpid(), signal.SIGUSR1); print(struct.unpack("I", os.read(f, 128)[:4])[0] == signal.SIGUSR1)
"""), "^True$"),
    Row("epoll", python("import os, select\nr, w = os.pipe(); e = select.epoll(); e.register(r); os.write(w, b'x'); print(e.poll(60) == [(r, select.EPOLLIN)])"), "^True$"),
    Row("pidfd", python("""
import os, signal, subprocess
p = subprocess.Popen(["sleep", "600"]); f = os.pidfd_open(p.pid); signal.pidfd_send_signal(f, signal.SIGTERM)
print(os.waitid(os.P_PIDFD, f, os.WEXITED).si_status)
"""), "^15$"),
    Row("subreaper", python("""
import ctypes, os, subprocess
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); orphan = int(subprocess.check_output(["sh", "-c", "sleep 1 >/dev/null & echo $!"])); print(os.waitpid(orphan, 0)[0] == orphan)
"""), "^True$"),
    Row("parent-death-signal", "setpriv --pdeathsig TERM true; echo $?", "^0$"),
    Row("personality", "setarch -R sh -c 'cat /proc/self/personality'", "^00040000$"),
    Row("own-seccomp-filter", python("""
import ctypes, struct
c = ctypes.CDLL(None, use_errno=True); code = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7fff0000)); p = ctypes.create_string_buffer(struct.pack("H6xQ", 1, ctypes.addressof(code)))
c.prctl(38, 1, 0, 0, 0); print(c.prctl(22, 2, p, 0, 0))
"""), "^0$"),
    Row("landlock-is-asked-for", python("import ctypes; print(ctypes.CDLL(None).syscall(444, None, 0, 1) > 0)"), "^(True|False)$"),
    Row("random", python("import os; print(len(os.getrandom(32)), len(os.urandom(32)))"), "^32 32$"),
    Row("clocks", python("import time; print(all(time.clock_gettime(c) > 0 for c in (0, 1, 2, 3, 4, 5, 6, 7)))"), "^True$"),
    Row("sqlite-wal", python("""
import sqlite3
a, b = sqlite3.connect("d"), sqlite3.connect("d"); a.execute("pragma journal_mode=wal"); a.execute("create table t(x)"); a.execute("insert into t values(42)"); a.commit()
print(b.execute("select x from t").fetchone()[0])
"""), "^42$"),
]
