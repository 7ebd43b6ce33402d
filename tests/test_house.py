"""The order of the house, held by reading the sources: who imports whom, and what stays small."""

import ast
import json
import re
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.each_counts

ROOT = Path(__file__).parent.parent
KIT = sorted((ROOT / "vendor/chalicekit").glob("*.py"))
FEATURES = sorted((ROOT / "chalicelib").rglob("*.py"))
SHIPPED = [ROOT / "app.py", *FEATURES, *KIT]
NOT_SHIPPED = {"chalice.local", "chalice.test", "chalice.config", "chalice.cli", "tools", "tests"}
WHERE = {"app": ROOT, "chalicelib": ROOT, "chalicekit": ROOT / "vendor"}


def imports(path: Path) -> set[str]:
    """The modules that a file imports as it is itself imported: not inside functions."""
    package = path.parent.name
    return {
        name for node in at_import(ast.parse(path.read_text())) for name in names(node, package)
    }


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.If):
            yield child
            yield from at_import(child)


def names(node: ast.AST, package: str) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    if isinstance(node, ast.ImportFrom):
        start = ".".join(
            part for part in (package if node.level else "", node.module or "") if part
        )
        return {start} | {f"{start}.{alias.name}" for alias in node.names}
    return set()


def reached(name: str) -> set[str]:
    """Every module that importing this one imports in turn."""
    found, todo = set[str](), {name}
    while todo:
        found.add(module := todo.pop())
        place = WHERE.get(module.partition(".")[0], Path("/none")) / module.replace(".", "/")
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            todo |= (imports(path) if path.is_file() else set()) - found
    return found


def within(modules: set[str], *packages: str) -> set[str]:
    """Those that are one of these packages, or in it."""
    return {m for m in modules if any(m == p or m.startswith(f"{p}.") for p in packages)}


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_a_feature_knows_the_kit_alone(path: Path) -> None:
    parts = path.relative_to(ROOT / "chalicelib").parts
    own = within(imports(path), f"chalicelib.{parts[0]}") if len(parts) > 1 else set()
    ours = within(imports(path), "chalicelib", "app") - own - {"chalicelib"}
    assert not ours, "features import none of each other"
    assert not within(imports(path), "chalice", "botocore", "boto3"), "the kit is between"


@pytest.mark.parametrize("path", KIT, ids=lambda path: path.stem)
def test_the_kit_knows_no_feature(path: Path) -> None:
    assert not within(imports(path), "chalicelib", "app", "boto3")
    assert len(path.read_text().splitlines()) < 300


@pytest.mark.parametrize("path", KIT, ids=lambda path: path.stem)
def test_no_import_runs_in_a_circle(path: Path) -> None:
    further = [reached(module) for module in within(imports(path), "chalicekit")]
    assert f"chalicekit.{path.stem}" not in set[str]().union(*further)


def test_the_two_sides_of_the_kit_do_not_meet() -> None:
    assert not within(reached("chalicekit.table"), "chalice")
    assert not within(reached("chalicekit.endpoint"), "botocore", "chalicekit.dynamodb")
    assert not within(reached("chalicekit.api"), "botocore", "chalicekit.dynamodb")


def test_what_runs_on_lambda_imports_only_what_is_shipped() -> None:
    ours = {module for module in reached("app") if module.partition(".")[0] in WHERE}
    assert len(ours) > 20, "the imports were not followed"
    assert not within(reached("app"), *NOT_SHIPPED)
    assert "email_validator" not in reached("app"), "it is a quarter of a cold start"


def test_no_environment_or_client_at_import() -> None:
    """Reading them then could not be changed by tests; app.py needs the name and nothing else."""
    for path in [*FEATURES, *KIT]:
        for node in at_import(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.Attribute) and node.attr == "environ"), path
            assert not (isinstance(node, ast.Attribute) and node.attr == "create_client"), path


def test_app_is_a_table_of_contents() -> None:
    assert len((ROOT / "app.py").read_text().splitlines()) <= 30


def test_the_name_stands_in_one_place() -> None:
    config = json.loads((ROOT / ".chalice/config.json").read_text())
    assert config["app_name"] == config["environment_variables"]["APP_NAME"]
    assert not any(
        "APP_NAME" in stage["environment_variables"] for stage in config["stages"].values()
    )
    for path in sorted((ROOT / "infra").glob("*.json")):
        assert config["app_name"] not in path.read_text(), path
    for path in [*SHIPPED, *sorted((ROOT / "tools").rglob("*.py"))]:
        assert not [text for text in texts(path) if config["app_name"] in text], path


def texts(path: Path) -> list[str]:
    """The texts of a program, its docstrings left out: they may give examples."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    constants = [n for n in nodes if isinstance(n, ast.Constant) and id(n) not in docstrings]
    return [str(constant.value) for constant in constants]


def test_vendor_is_real() -> None:
    """Links become text files in a zip download, and the package then has no layer."""
    vendor = ROOT / "vendor"
    assert vendor.is_dir()
    assert not [path for path in (vendor, *vendor.rglob("*")) if path.is_symlink()]


def test_no_tool_for_all_is_made_of_those_for_resources() -> None:
    for path in (ROOT / "tools").glob("*.py"):
        assert not within(imports(path), "tools.resources"), path.name


def test_commands_need_no_more_than_what_they_install() -> None:
    """Else they work only where `make install` has been, too."""
    recipes = re.findall(r"(?m)^[\w-]+:.*\binstall-run\b.*\n((?:\t.*\n)+)", read("Makefile"))
    started = {name for recipe in recipes for name in re.findall(r"-m (tools[\w.]*)", recipe)}
    assert {"tools.clients", "tools.deploy", "tools.seed"} <= started
    pinned = read("requirements.txt") + read("requirements-run.txt")
    installed = {canonicalize_name(name) for name in re.findall(r"(?m)^([\w.-]+)==", pinned)}
    given = packages_distributions()
    for path in sorted(path for name in started for path in of_command(name)):
        for root in sorted({name.partition(".")[0] for name in imports(path)}):
            needed = {canonicalize_name(one) for one in given.get(root, ())}
            assert not needed or needed & installed, f"{path} imports {root}"


def of_command(name: str) -> set[Path]:
    """The files that `python -m name` imports of tools/, one through the other."""
    found, todo = set[Path](), {name, f"{name}.__main__"}
    while todo:
        place = ROOT / todo.pop().replace(".", "/")
        for path in {place.with_suffix(".py"), place / "__init__.py"} - found:
            if path.is_file():
                found.add(path)
                todo |= within(imports(path), "tools")
    return found


def read(name: str) -> str:
    return (ROOT / name).read_text()
