"""The suite on Pythons that are not installed here: each is fetched, tried, and told in a row of a table.

    python3 tests/platforms.py [--folder FOLDER] [--mirror URL] [3.14 3.15 pypy3 free-threaded pyodide] [-- ARGUMENTS]

All but `pyodide` come from Debian's unstable, which `debootstrap` puts into FOLDER, and run there by `chroot`: that
needs Linux, root and debootstrap. `free-threaded` is a CPython without the lock, built from Debian's sources. `pyodide`
needs node and npm. The mirror is the one that apt is configured with, unless given here or in MINIGRAD_MIRROR.
ARGUMENTS are pytest's, `--numprocesses 2` if there are none. A FOLDER that is named is kept and used again, with the
log of each run. Exit status 1 if a test failed.
"""

import argparse
import datetime
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEBIAN = {"3.14": "python3.14", "3.15": "python3.15", "pypy3": "pypy3", "free-threaded": "/opt/free/bin/python3"}
TOOLS = "hatchling hypothesis mpmath pytest pytest-xdist"
OPTIONAL = "numpy scipy matplotlib mypy"  # not there for every Python; then the tests that need them skip
VERSION = (
    "import platform, sys; print(platform.python_implementation(), platform.python_version(), "
    "'' if getattr(sys, '_is_gil_enabled', lambda: True)() else 'free-threaded')"
)
# Debian's own builds have the lock. Not every suite's sources are on every mirror.
BUILD = """
set -e
exec >&2
test -x /opt/free/bin/python3 && exit
cd /tmp
for suite in unstable testing stable; do echo "deb-src MIRROR $suite main"; done >/etc/apt/sources.list.d/sources.list
apt-get -o Acquire::Check-Valid-Until=false update -qq
apt-get install -y -qq --no-install-recommends build-essential dpkg-dev libbz2-dev libffi-dev liblzma-dev libssl-dev \\
    pkg-config xz-utils zlib1g-dev
for source in python3.15 python3.14 python3.13; do
    for suite in unstable testing stable; do
        apt-get source --download-only "$source/$suite" && break 2
    done
done
dpkg-source -x --no-check --skip-patches python3.*.dsc free # their site.py misses the t of python3.13t
cd free
./configure -q --disable-gil --prefix=/opt/free
make -s -j2
make -s install ENSUREPIP=no
"""


# --- Debian ---------------------------------------------------------------------------------------------------------


def apts_mirror() -> str:
    """Where apt gets this machine's packages from."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)"], capture_output=True, text=True, check=True
    )
    return next(site for site in listing.stdout.split() if "security" not in site and "debian" in site)


def debian(root: Path, mirror: str) -> None:
    """A Debian with all these Pythons in a folder, where there is none yet."""
    if not (root / "usr" / "bin" / "python3.15").exists():
        packages = "ca-certificates,python3.14-venv,python3.15-venv,pypy3-venv"
        command = ["debootstrap", "--variant=minbase", f"--include={packages}", "unstable", str(root), mirror]
        subprocess.run(command, check=True)
    for variable in ("SSL_CERT_FILE", "PIP_CERT"):  # where this machine trusts others than Debian does
        if path := os.environ.get(variable):
            (root / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, root / path.lstrip("/"))


def inside(root: Path, script: str) -> list[str]:
    """The command that runs a script there; what it mounts is gone when it ends."""
    mounts = 'mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" sh -c "$1"'
    return ["unshare", "--mount", "sh", "-c", mounts, str(root), script]


def prepared(name: str, folder: Path, mirror: str) -> list[str]:
    """What has to be run, up to pytest's arguments, once everything it needs is there."""
    root = folder / "debian"
    debian(root, mirror or apts_mirror())
    if name == "free-threaded":
        subprocess.run(inside(root, BUILD.replace("MIRROR", mirror or apts_mirror())), check=True)
    copy_checkout(root / "checkout")
    python = f"/venv-{name}/bin/python"
    pip = f"{python} -m pip install --quiet --only-binary :all:"
    made = f"{python} -m pip --version >/dev/null 2>&1"  # by an earlier run, and whole
    steps = [f"{made} || {DEBIAN[name]} -m venv --clear /venv-{name}", f"{pip} {TOOLS}"]
    steps += [f"{pip} {package} || echo no {package}" for package in OPTIONAL.split()]
    steps += ["cd /checkout", f"{pip} --no-deps --editable ."]
    subprocess.run(inside(root, "set -e\n" + "\n".join(steps)), check=True)
    return inside(root, f'cd /checkout && {python} -c "{VERSION}" && {python} -m pytest -p no:cacheprovider ')


def copy_checkout(target: Path) -> None:
    """The files of the repository, as they are now."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    shutil.rmtree(target, ignore_errors=True)
    for name in subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)


# --- WebAssembly ----------------------------------------------------------------------------------------------------


def pyodide(folder: Path) -> list[str]:
    """The same for Pyodide, which node runs."""
    place = folder / "pyodide"
    place.mkdir(exist_ok=True)
    subprocess.run(["npm", "install", "--silent", "--prefix", str(place), "pyodide"], check=True)
    any_python = ["--implementation", "py", "--abi", "none", "--platform", "any", "--only-binary", ":all:"]
    packages = [tool for tool in TOOLS.split() if tool not in ("hatchling", "pytest-xdist")]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(place / "packages")]
    subprocess.run([*pip, *any_python, *packages], check=True)
    copy_checkout(place / "checkout")
    # A larger stack, for some tests free what `compile` keeps of large functions, which goes deep.
    node = f"node --stack-size=4000 {ROOT}/tests/pyodide.mjs"
    script = f"cd {place} && exec {node} checkout packages -p no:cacheprovider "
    return ["sh", "-c", script]


# --- The table ------------------------------------------------------------------------------------------------------


def row(name: str, folder: Path, mirror: str, arguments: str) -> tuple[str, bool]:
    """One line of the table, and whether all tests passed."""
    command = pyodide(folder) if name == "pyodide" else prepared(name, folder, mirror)
    command[-1] += f"-q {arguments or ('' if name == 'pyodide' else '--numprocesses 2')}"
    start = time.monotonic()
    log = folder / f"{name}.log"
    with log.open("w", encoding="utf-8") as file:
        subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False)
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    end = next((line for line in reversed(lines) if " passed" in line), "")
    counts = [
        int(found[1]) if (found := re.search(rf"(\d+) {word}", end)) else 0 for word in ("passed", "failed", "skipped")
    ]
    minutes, day = (time.monotonic() - start) / 60, datetime.datetime.now(datetime.UTC).date()
    cells = [lines[0].strip(), *[f"{n:,}" for n in counts], f"{minutes:.0f} min", str(day)]
    return f"| {' | '.join(cells)} |", bool(counts[0]) and not counts[1]


def main() -> int:
    names = [*DEBIAN, "pyodide"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--mirror", default=os.environ.get("MINIGRAD_MIRROR", ""))
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    ours, _, theirs = " ".join(sys.argv[1:]).partition(" -- ")
    options = parser.parse_args(ours.split())
    if strange := {*options.names} - {*names}:
        parser.error(f"expected some of {', '.join(names)}, got {', '.join(sorted(strange))}")
    folder = options.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    print("| Python | passed | failed | skipped | time | date |\n|---|---:|---:|---:|---:|---|", flush=True)
    good = True
    for name in options.names or names:
        line, passed = row(name, folder.resolve(), options.mirror, theirs)
        print(line, flush=True)
        good = good and passed
    if options.folder is None:
        shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
