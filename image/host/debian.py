"""What the Debian mirrors of this machine's own apt sources offer: versions, files and their hashes, of any suite."""

import functools
import os
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import cache, console

RELEASE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# What the image and the tools tree are made of, as suites of the main and of the security mirror.
SUITES, SECURITY_SUITES = (RELEASE, f"{RELEASE}-updates"), (f"{RELEASE}-security",)
# Debian's next ones, for a look at what will move.
LATER_SUITES = ("forky", "sid")


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    sha256: str
    url: str
    suite: str


def mirror(apt: Path = Path("/etc/apt")) -> str:
    """The Debian mirror of this machine's own apt sources (deb822 or one-line form)."""
    for uri in _uris(apt):
        if re.search(r"/debian/?$", uri) and "security" not in uri:
            return uri
    raise console.StepFailed(f"No Debian mirror in {apt}/sources.list or {apt}/sources.list.d; add one and run again.")


def security_mirror(apt: Path = Path("/etc/apt")) -> str | None:
    """The mirror of security updates; None where this machine names none: point releases bring them later."""
    return next((uri for uri in _uris(apt) if re.search(r"debian-security/?$|security\.", uri)), None)


def _uris(apt: Path) -> Iterator[str]:
    for file in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]:
        if file.suffix not in (".list", ".sources") or not file.is_file():
            continue
        for text in file.read_text(errors="replace").splitlines():
            found = re.match(r"\s*URIs:\s*(\S+)|\s*deb\s+(?:\[[^]]*\]\s+)?(\S+)", text)
            uri = found and (found[1] or found[2])
            if uri and uri.startswith("mirror+file:"):
                uri = _first_of(Path(uri.removeprefix("mirror+file:")))
            if uri:
                yield uri


def _first_of(mirrors: Path) -> str | None:
    """The first mirror of a list (apt-transport-mirror(1)): one a line, each may be followed by what it is good for."""
    lines = mirrors.read_text(errors="replace").splitlines() if mirrors.is_file() else []
    return next((line.split()[0] for line in lines if line.strip() and not line.startswith("#")), None)


def sources(suites: tuple[str, ...] = SUITES, security_suites: tuple[str, ...] = SECURITY_SUITES) -> str:
    """An apt source (sources.list(5), deb822) of these suites."""
    # A mirror may have stopped following a suite that we only look at; what we build from must be of these days.
    looked_at = tuple(suite for suite in suites if suite in LATER_SUITES)
    entries = [(mirror(), tuple(suite for suite in suites if suite not in looked_at), ""), (mirror(), looked_at, "Check-Valid-Until: no\n"),
               (security_mirror(), security_suites, "")]
    return "\n".join(f"Types: deb\nURIs: {uri}\nSuites: {' '.join(names)}\nComponents: main\nSigned-By: {KEYRING}\n{more}"
                     for uri, names, more in entries if uri and names)


def apt(directory: Path, source: str) -> dict[str, str]:
    """The environment in which apt-get works in `directory` with that source alone; the host's own state stays as it is."""
    for part in ("lists/partial", "archives/partial", "parts"):
        (directory / part).mkdir(parents=True, exist_ok=True)
    (directory / "parts/debian.sources").write_text(source)
    (directory / "status").touch()
    (directory / "apt.conf").write_text(
        f'Dir::Etc::main "/dev/null";\nDir::Etc::parts "/dev/null";\nDir::Etc::sourcelist "/dev/null";\n'
        f'Dir::Etc::sourceparts "{directory}/parts";\nDir::Etc::preferencesparts "/dev/null";\nDir::State::lists "{directory}/lists";\n'
        f'Dir::State::status "{directory}/status";\nDir::Cache "{directory}";\nAPT::Sandbox::User "";\nAPT::Architecture "amd64";\n'
        'APT::Architectures "amd64";\nAcquire::Languages "none";\nAcquire::GzipIndexes "false";\n')
    return {**os.environ, "APT_CONFIG": str(directory / "apt.conf")}


@functools.cache
def index(suites: tuple[str, ...] = SUITES, security_suites: tuple[str, ...] = SECURITY_SUITES) -> dict[str, list[Package]]:
    """Every version of every package in these suites, as the mirrors have them now (signatures checked by apt)."""
    directory = cache.ROOT / "apt" / cache.digest(*suites, *security_suites)
    with cache.locked("apt-index"):
        environment = apt(directory, sources(suites, security_suites))
        console.run("list of packages", ["apt-get", "-q", "update"], log_name="apt-index", env=environment)
        found: dict[str, list[Package]] = {}
        for path in sorted((directory / "lists").glob("*_Packages")):
            suite = path.name.removesuffix("_main_binary-amd64_Packages").partition("_dists_")[2]
            uri = (security_mirror() or "") if suite in security_suites else mirror()
            for paragraph in path.read_text(errors="replace").split("\n\n"):
                fields = dict(re.findall(r"^(Package|Version|SHA256|Filename): (.*)$", paragraph, re.M))
                if len(fields) == 4:
                    found.setdefault(fields["Package"], []).append(
                        Package(fields["Package"], fields["Version"], fields["SHA256"],
                                f"{uri.rstrip('/')}/{fields['Filename']}", suite))
    return found


def newer(one: str, other: str) -> bool:
    """Whether Debian version `one` is higher than `other` (deb-version(7))."""
    return subprocess.run(["dpkg", "--compare-versions", one, "gt", other], check=False).returncode == 0


def newest(packages: list[Package]) -> Package:
    best = packages[0]
    for package in packages[1:]:
        if newer(package.version, best.version):
            best = package
    return best


def fetch(package: Package, into: Path) -> Path:
    """The package's file, checked against the hash that the signed index gives."""
    path = into / package.url.rsplit("/", 1)[1]
    try:
        with urllib.request.urlopen(package.url, timeout=60) as answer, open(path, "wb") as file:  # noqa: S310
            shutil.copyfileobj(answer, file, 1 << 20)
    except OSError as error:
        raise console.StepFailed(f"{package.url}: {error}; is the mirror of this machine's apt sources reachable?") from error
    if cache.file_hash(path) != package.sha256:
        raise console.StepFailed(f"{package.url}: its SHA-256 is not that of the signed index; try again, or use another mirror.")
    return path
