"""Compilers, git, Python's and node's packages."""

from .row import Row, python

NODE = "nodejs and npm are not in the tools tree"
PIP = "python3-pip and python3-venv are not in the tools tree"
PACKAGES = "packages.demo.test is a server of the closed internet"
COMMIT = "export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@b; git init -q -b main r; cd r; echo 1 >f; git add f; git commit -q -m one; "
WHEEL = python("""
import zipfile
with zipfile.ZipFile("own-1.0-py3-none-any.whl", "w") as z:
    z.writestr("own.py", "answer = 42\\n"); z.writestr("own-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: own\\nVersion: 1.0\\n")
    z.writestr("own-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"); z.writestr("own-1.0.dist-info/RECORD", "")
""")

ROWS = [
    Row("gcc", "printf '#include <stdio.h>\\nint main(){puts(\"hello\");}' >t.c; gcc -O2 -Wall t.c && ./a.out", "^hello$"),
    Row("g++", "printf '#include <cstdio>\\n#include <thread>\\nint main(){std::thread([]{std::puts(\"hello\");}).join();}' >t.cc; g++ -std=c++20 t.cc && ./a.out", "^hello$"),
    Row("make-j4", "for i in 1 2 3 4; do echo \"int f$i(void){return $i;}\" >f$i.c; done; printf 'int f1(),f2(),f3(),f4();int main(){return f1()+f2()+f3()+f4();}' >m.c; "
        "printf 'a.out: f1.o f2.o f3.o f4.o m.o\\n\\tgcc -o $@ $^\\n' >Makefile; make -s -j4 CFLAGS=-w && ./a.out; echo $?", "^10$"),
    Row("make-fails-loudly", "printf 'all:\\n\\tfalse\\n' >Makefile; make -s", "Error 1", exit=2),
    Row("shared-library", "echo 'int answer(void){return 42;}' >t.c; gcc -shared -fPIC -o libt.so t.c; " + python("import ctypes; print(ctypes.CDLL('./libt.so').answer())"), "^42$"),
    Row("static-library", "echo 'int answer(void){return 42;}' >t.c; gcc -c t.c; ar rc libt.a t.o; nm libt.a | grep -c 'T answer'", "^1$"),
    Row("address-sanitizer", "printf '#include <stdlib.h>\\nint main(){char*p=(char*)malloc(4);free(p);return p[1];}' >t.c; gcc -w -fsanitize=address -g t.c; ./a.out", "heap-use-after-free", exit=1),
    Row("leak-sanitizer", "printf '#include <stdlib.h>\\nint main(){volatile char*p=(char*)malloc(40);p=0;return p!=0;}' >t.c; gcc -w -fsanitize=address -g t.c; ./a.out", "detected memory leaks", exit=1),
    Row("undefined-sanitizer", "printf 'int main(int n,char**v){return (2147483647+n)!=0;}' >t.c; gcc -w -fsanitize=undefined t.c; ./a.out", "signed integer overflow", exit=1),
    # Beside it: without setarch it depends on vm.mmap_rnd_bits; Debian's 28 suits this sanitizer, our 32 does not.
    Row("thread-sanitizer", "printf '#include <pthread.h>\\nint n;void*f(void*x){n++;return 0;}int main(){pthread_t t;pthread_create(&t,0,f,0);n++;pthread_join(t,0);return 0;}' >t.c; "
        "gcc -w -fsanitize=thread -g t.c; setarch -R ./a.out", "data race", exit=66),
    Row("gcov", "echo 'int main(){return 0;}' >t.c; gcc --coverage t.c; ./a.out; ls | grep -c gcda", "^1$"),
    # git.
    Row("git-commit", COMMIT + "git log --oneline | grep -c one", "^1$"),
    Row("git-gc", COMMIT + "git gc -q && git count-objects -v", "^packs: 1$"),
    Row("git-fsck", COMMIT + "git fsck --full --strict; echo $?", "^0$"),
    Row("git-bundle", COMMIT + "git bundle create -q ../b HEAD main && git clone -q ../b ../c && cat ../c/f", "^1$"),
    Row("git-worktree", COMMIT + "git worktree add -q ../w -b other && cat ../w/f && git worktree list | wc -l", r"^1$\n^2$"),
    Row("git-submodule", COMMIT + "git -c protocol.file.allow=always clone -q . ../s && git -c protocol.file.allow=always submodule -q add ../s s && cat s/f", "^1$"),
    Row("git-rebase", COMMIT + "git checkout -q -b b; echo 2 >g; git add g; git commit -q -m two; git checkout -q main; echo 3 >h; git add h; git commit -q -m three; git rebase -q main b; git log --oneline | wc -l", "^3$"),
    Row("git-stash-bisect", COMMIT + "for i in 2 3 4; do echo $i >f; git commit -qam $i; done; echo x >f; git stash -q; git bisect start HEAD HEAD~3 >/dev/null; "
        "git bisect run sh -c '[ $(cat f) -lt 3 ]' | grep -c 'first bad commit'", "^[1-9]$"),
    Row("git-hook", COMMIT + "printf '#!/bin/sh\\necho hooked\\n' >.git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; git commit --allow-empty -m two 2>&1", "^hooked$"),
    Row("git-archive", COMMIT + "git archive HEAD | tar t", "^f$"),
    Row("git-push-local", COMMIT + "git init -q --bare ../o; git push -q ../o main; git --git-dir ../o rev-parse -q --verify main >/dev/null; echo $?", "^0$"),
    # Python.
    Row("venv-and-a-wheel", WHEEL + " && python3 -m venv v && v/bin/pip -q install ./own-1.0-py3-none-any.whl && v/bin/python -c 'import own; print(own.answer)'", "^42$", lacks=PIP, seconds=600),
    Row("pip-from-an-index", "python3 -m venv v && v/bin/pip -q install --index-url https://packages.demo.test/simple/ demo-answer && v/bin/python -c 'import demo_answer; print(demo_answer.answer)'",
        "^42$", lacks=PACKAGES, seconds=600),
    Row("pip-target", WHEEL + " && python3 -m pip -q install --target t ./own-1.0-py3-none-any.whl && PYTHONPATH=t python3 -c 'import own; print(own.answer)'", "^42$", lacks=PIP, seconds=600),
    Row("pip-outside-a-venv", WHEEL + "; python3 -m pip install ./own-1.0-py3-none-any.whl", "externally-managed-environment", exit=1, lacks=PIP, seconds=600),
    Row("unittest", "printf 'import unittest\\nclass T(unittest.TestCase):\\n def test(self): self.assertEqual(1,1)\\n' >test_x.py; python3 -m unittest 2>&1", "^OK$"),
    Row("compileall", "echo 'x=1' >m.py; python3 -m compileall -q .; ls __pycache__ | wc -l", "^1$"),
    # node.
    Row("node", "node -p 6*7", "^42$", lacks=NODE),
    Row("npm-run", "npm init -y >/dev/null; npm pkg set scripts.say='echo said'; npm run -s say", "^said$", lacks=NODE, seconds=600),
    Row("npm-pack", "npm init -y >/dev/null; npm pkg set name=own; npm pack --silent", r"^own-1\.0\.0\.tgz$", lacks=NODE, seconds=600),
    Row("npm-install-a-directory", "mkdir own app; (cd own; npm init -y >/dev/null; echo 'module.exports=42' >index.js); cd app; npm init -y >/dev/null; npm install --silent --no-audit ../own; node -p 'require(\"own\")'",
        "^42$", lacks=NODE, seconds=600),
    Row("npm-install", "npm init -y >/dev/null; npm install --silent --no-audit --registry https://packages.demo.test/npm/ demo-answer; node -p 'require(\"demo-answer\")'", "^42$", lacks=PACKAGES, seconds=600),
    Row("npm-install-of-a-scope", "npm init -y >/dev/null; npm install --silent --no-audit --registry https://packages.demo.test/npm/ @demo/twice; node -p 'require(\"@demo/twice\")'", "^84$", lacks=PACKAGES, seconds=600),
    Row("npm-install-global", "npm install --silent --no-audit -g --registry https://packages.demo.test/npm/ demo-answer; demo-answer", "^the answer is 42$", lacks=PACKAGES, seconds=600),
]
