"""image/hardened finds every property that a program of ours was built without."""

import subprocess
from pathlib import Path

import pytest

CHECK = Path(__file__).resolve().parents[2] / "image/hardened"
GOOD = ["-fPIE", "-pie", "-Wl,-z,relro,-z,now,-z,noexecstack"]
WITHOUT = {
    "position-independent": [*GOOD, "-fno-pie", "-no-pie"],
    "stack not executable": [*GOOD, "-Wl,-z,execstack"],
    "read-only relocations": [*GOOD, "-Wl,-z,norelro"],
    "bound before it runs": [*GOOD, "-Wl,-z,lazy"],
    "no library path of its own": [*GOOD, "-Wl,-rpath,/tmp"],
}


def compile_into(root: Path, name: str, flags: list[str]) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-x", "c", "-", "-o", file, *flags], input=b"int main(void) { return 0; }", check=True)


def judged(root: Path) -> tuple[int, str]:
    end = subprocess.run([CHECK, root], capture_output=True, text=True, check=False)
    return end.returncode, end.stdout


def test_a_hardened_program_passes(tmp_path):
    compile_into(tmp_path, "usr/lib/anchorhold/init", GOOD)
    assert judged(tmp_path) == (0, "hardened: 1 ELF files, 1 of them ours, 0 with faults\n")


@pytest.mark.parametrize("rule", WITHOUT)
def test_each_missing_property_is_found(tmp_path, rule):
    compile_into(tmp_path, "usr/lib/anchorhold/init", WITHOUT[rule])
    code, said = judged(tmp_path)
    assert code == 1
    assert said.startswith(f"usr/lib/anchorhold/init: not {rule}\n")


def test_of_debians_files_less_is_asked(tmp_path):
    compile_into(tmp_path, "usr/lib/anchorhold/init", GOOD)
    compile_into(tmp_path, "usr/bin/theirs", WITHOUT["read-only relocations"])
    assert judged(tmp_path)[0] == 0
    compile_into(tmp_path, "usr/bin/theirs", WITHOUT["stack not executable"])
    assert judged(tmp_path)[0] == 1


def test_a_tree_without_our_programs_is_no_image(tmp_path):
    compile_into(tmp_path, "usr/bin/theirs", GOOD)
    assert judged(tmp_path)[0] == 1
