"""A stand-in for AWS's base image public.ecr.aws/lambda/python, made of the Python that runs this.

As in AWS's image there are a Python in /var/lang with pip, AWS's own runtime interface client in
/var/runtime, /lambda-entrypoint.sh that starts it, and the same variables. What differs: no boto3
beside the client, so that an image cannot rely on one that it does not bring; busybox instead of
Amazon Linux; no Runtime Interface Emulator.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib.metadata import PackagePath, distribution
from pathlib import Path

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
STDLIB = Path(sysconfig.get_path("stdlib"))
EXTENSIONS = Path(sysconfig.get_config_var("DESTSHARED"))
CLIENT = ("awslambdaric", "simplejson", "snapshot_restore_py")
COMMANDS = ("sh", "cat", "cp", "env", "find", "ls", "mkdir", "rm")
# What wheels may take for granted in any Linux (PEP 600), as far as it is here.
PROMISED = (
    *("libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libnsl.so.1", "libpthread.so.0"),
    *("libresolv.so.2", "librt.so.1", "libstdc++.so.6", "libutil.so.1"),
)
# Tests, and what opens windows: _tkinter alone would bring the libraries of X along.
LEFT_OUT = (
    *("__pycache__", "site-packages", "dist-packages", "test", "tests", "config-*", "lib-dynload"),
    *("ensurepip", "idlelib", "lib2to3", "tkinter", "turtledemo"),
)
NO_EXTENSION = re.compile(r"_tkinter|_test|_xx|xx|_ctypes_test")

# The handler's folder comes first, as on Lambda; what is in /var/runtime is only the client's.
BOOTSTRAP = """import os
import sys

sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
from awslambdaric.__main__ import main

main(sys.argv)
"""
# As AWS's, which starts the Runtime Interface Emulator where there is no Runtime API.
ENTRYPOINT = """#!/bin/sh
if [ $# -ne 1 ]; then
  echo "entrypoint requires the handler name to be the first argument" 1>&2
  exit 142
fi
export _HANDLER="$1"
exec /var/lang/bin/python /var/runtime/bootstrap.py "$1"
"""
DOCKERFILE = """FROM scratch
COPY root /
ENV LANG=en_US.UTF-8 TZ=:/etc/localtime PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin \\
    LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/task:/var/task/lib:/opt/lib \\
    LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime
WORKDIR /var/task
ENTRYPOINT ["/lambda-entrypoint.sh"]
"""


def key() -> str:
    """Of what it is made from: another key, another stand-in."""
    names = [f"{name} {distribution(name).version}" for name in (*CLIENT, "pip")]
    files = [python(), busybox(), Path(__file__)]
    stats = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join([sys.version, *names, *stats]).encode()).hexdigest()[:16]


def python() -> Path:
    executable: str = sys._base_executable  # type: ignore[attr-defined]  # as venv does
    return Path(executable).resolve()


def busybox() -> Path:
    found = shutil.which("busybox")
    if not found:
        raise FileNotFoundError("busybox is missing: apt-get install busybox-static")
    return Path(found)


def make(context: Path) -> None:
    """Lay a build context: a Dockerfile, and the files of the image."""
    root = context / "root"
    for folder in ("bin", "etc", "opt", "tmp", "var/lang/bin", "var/lang/lib", "var/task"):
        (root / folder).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (context / "Dockerfile").write_text(DOCKERFILE)
    copy_python(root)
    copy_libraries(root)
    shutil.copy2(busybox(), root / "bin/busybox")
    for name in COMMANDS:
        (root / "bin" / name).symlink_to("busybox")
    install(CLIENT, root / "var/runtime")
    install(["pip"], root / "var/lang/lib" / VERSION / "site-packages")
    (root / "var/runtime/bootstrap.py").write_text(BOOTSTRAP)
    (root / "lambda-entrypoint.sh").write_text(ENTRYPOINT)
    (root / "lambda-entrypoint.sh").chmod(0o755)


def copy_python(root: Path) -> None:
    lang = root / "var/lang"
    shutil.copy2(python(), lang / "bin" / VERSION)
    for name in ("python", "python3"):
        (lang / "bin" / name).symlink_to(VERSION)
    ignore = shutil.ignore_patterns(*LEFT_OUT)
    shutil.copytree(STDLIB, lang / "lib" / VERSION, symlinks=False, ignore=ignore)
    target = lang / "lib" / VERSION / "lib-dynload"
    target.mkdir()
    for path in extensions():
        shutil.copy2(path, target)


def extensions() -> list[Path]:
    return [path for path in EXTENSIONS.glob("*.so") if not NO_EXTENSION.match(path.name)]


def copy_libraries(root: Path) -> None:
    """What those programs load: a system's library to where it stands, any other to /var/lang."""
    client = [Path(file.locate()) for name in CLIENT for file in files(name) if ".so" in file.name]
    needed = libraries([python(), busybox(), *extensions(), *client])
    libc = Path(next(name for name in needed if Path(name).name == "libc.so.6"))
    promised = {str(path) for name in PROMISED if (path := libc.with_name(name)).exists()}
    for name in sorted(needed | promised):
        found = Path(name)
        system = found.parts[1] in ("lib", "lib64", "usr")
        target = root / name.lstrip("/") if system else root / "var/lang/lib" / found.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(found.resolve(), target)


def libraries(programs: Iterable[Path]) -> set[str]:
    """The shared libraries of programs, by the names under which they are looked for."""
    command = ["ldd", *map(str, programs)]
    # It ends with 1 for a program without any, as a static busybox is.
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return set(re.findall(r"(/\S+) \(0x", done.stdout))


def install(names: Iterable[str], folder: Path) -> None:
    """Copy distributions from the environment that runs this, without their commands."""
    for file in [file for name in names for file in files(name)]:
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(os.fspath(file.locate()), target)


def files(name: str) -> list[PackagePath]:
    found = distribution(name).files or []
    return [file for file in found if not {"..", "__pycache__"} & set(file.parts)]
