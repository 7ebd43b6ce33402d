"""Whether what goes to Lambda finds what it imports, there: on a laptop more is installed."""

from __future__ import annotations

import ast
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from tools.deploy import ahead
from tools.refusals import Refusal
from tools.stages import Stage

TRY = "import sys; sys.path[:0] = sys.argv[1:]; import app"
TOKENS = "chalicekit/tokens.py"  # imported where a stage asks for tokens; it needs native code
SECONDS = 60


def check(code: Mapping[str, bytes], packages: Iterable[str]) -> None:
    """Refuse an import, in functions too, of what is neither packed nor Python's own.

    One below `if` or `try` is meant to be missing at times.
    """
    packed = {name.split("/")[0].removesuffix(".py") for name in [*code, *packages]}
    there = packed | sys.stdlib_module_names
    for name, source in code.items():
        if not name.endswith(".py") or name.startswith("chalice/"):
            continue
        for module in _imported(_parsed(name, source)):
            if module not in there:
                raise Refusal(
                    f"{name} imports {module}, which Lambda would not have: "
                    "pin what brings it in requirements.txt."
                )


def _parsed(name: str, source: bytes) -> ast.AST:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise Refusal(f"{name}, line {error.lineno}: {error.msg}.") from None


def _imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module and not node.level:
                yield node.module.split(".")[0]
        elif not isinstance(node, ast.If | ast.Try):
            yield from _imported(node)


def tried(packages: Mapping[str, bytes], function: Mapping[str, bytes], stage: Stage) -> str:
    """Import app.py with nothing but the two zips; gives a line that says what was done."""
    if not _runs_here(stage):
        return f"Not imported: this machine cannot run what was built for {stage.architecture}."
    with tempfile.TemporaryDirectory() as folder:
        parts = {"function": function, "layer": packages}
        for part, files in parts.items():
            for name, data in files.items():
                path = Path(folder, part, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        # -I, -S: without this clone's .venv, and without what the environment adds.
        program = f"{TRY}, chalicekit.tokens" if TOKENS in packages else TRY
        command = [sys.executable, "-I", "-S", "-c", program]
        command += [f"{folder}/{part}" for part in parts]
        env = {"AWS_LAMBDA_FUNCTION_NAME": stage.function, **stage.environment}
        done = subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise Refusal(f"On Lambda, app.py could not be imported: {last}")
    return "Imported as on Lambda: app.py, with the layer alone."


def note(stage: Stage, source: Path) -> None:
    """Note what importing the app of a source copy compiles, for chalicekit/ahead.py."""
    chalice = find_spec("chalice")
    assert chalice is not None
    assert chalice.origin is not None
    here = Path(chalice.origin).parent.parent
    vendor = source / "vendor"
    # What cannot run here is taken from here: it compiles the same.
    paths = [source, vendor, here] if _runs_here(stage) else [source, here, vendor]
    try:
        ahead.write(vendor / ahead.FILE, paths, stage.environment)
    except ahead.UnimportableError as error:
        raise Refusal(f"app.py could not be imported: {error}") from None


def _runs_here(stage: Stage) -> bool:
    """The wheels are for Linux with glibc, on one architecture, and one Python."""
    machine = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
    here = (sys.platform, platform.libc_ver()[0], machine)
    return here == ("linux", "glibc", stage.architecture)
