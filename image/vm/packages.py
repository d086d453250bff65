"""Packages of the closed internet, made on the fly: a directory that pip takes for an index and npm for a registry."""

import base64
import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

VERSION = "1.0.0"
# Of each npm package the files beside package.json, and what package.json says besides name and version.
NPM: dict[str, tuple[dict[str, str], dict]] = {
    "demo-answer": ({"index.js": "module.exports = 42;\n", "say.js": "#!/usr/bin/env node\nconsole.log('the answer is 42');\n"},
                    {"bin": {"demo-answer": "say.js"}}),
    "@demo/twice": ({"index.js": "module.exports = 2 * require('demo-answer');\n"}, {"dependencies": {"demo-answer": "^1.0.0"}}),
}
PYTHON = {"demo-answer": {"demo_answer.py": "answer = 42\n"}}


def lay_out(directory: Path, origin: str) -> None:
    """`directory` is what the server at `origin` serves: /npm/ and /simple/."""
    for name, (files, more) in NPM.items():
        _npm(directory / "npm" / name, f"{origin}/npm/{name}", name, files, more)
    for name, files in PYTHON.items():
        _python(directory / "simple" / name, name, files)


def _npm(directory: Path, url: str, name: str, files: dict[str, str], more: dict) -> None:
    about = {"name": name, "version": VERSION, **more}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for file, text in {"package.json": json.dumps(about), **files}.items():
            entry = tarfile.TarInfo(f"package/{file}")
            entry.size, entry.mode = len(text), 0o755
            archive.addfile(entry, io.BytesIO(text.encode()))
    file = f"{name.split('/')[-1]}-{VERSION}.tgz"
    (directory / "-").mkdir(parents=True, exist_ok=True)
    (directory / "-" / file).write_bytes(packed.getvalue())
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed.getvalue()).digest()).decode()
    release = {**about, "dist": {"tarball": f"{url}/-/{file}", "integrity": integrity}}
    (directory / "packument.json").write_text(json.dumps({"name": name, "dist-tags": {"latest": VERSION}, "versions": {VERSION: release}}))


def _python(directory: Path, name: str, files: dict[str, str]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{VERSION}"
    with zipfile.ZipFile(directory / f"{stem}-py3-none-any.whl", "w") as wheel:
        for file, text in {**files,
                           f"{stem}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {VERSION}\n",
                           f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: demo\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
                           f"{stem}.dist-info/RECORD": ""}.items():
            wheel.writestr(file, text)
    (directory / "index.html").write_text(f'<!DOCTYPE html><a href="{stem}-py3-none-any.whl">{stem}-py3-none-any.whl</a>\n')
