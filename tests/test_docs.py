"""The documentation is true: its commands run, its answers come, its links and lists are right."""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from chalicekit.problems import CATALOGUE, MEMBER_CODES
from tests.engines import ROOT
from tests.resources import described
from tests.serving import serving
from tests.targets import Target

pytestmark = pytest.mark.each_counts

DOCUMENTS = sorted(
    path.relative_to(ROOT)
    for path in ROOT.rglob("*.md")
    # What is installed, or kept by tools, is not ours.
    if not any(part[0] == "." or part == "node_modules" for part in path.relative_to(ROOT).parts)
)
SHOWN_AT = "http://127.0.0.1:8000"
ELSEWHERE = {"make run"}  # tests/running does, in a clone
README = Path("README.md")
# Until it is written anew, it tells of users, there or not.
OF_USERS = "chalicelib/users.py" in (ROOT / README).read_text()
TELLS = [pytest.mark.users] if OF_USERS else []
DIFFER = "README.md's answers differ from those given: correct them."
CHANGING = {
    "UUID": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "TIME": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    "ETAG": r"\b[0-9a-f]{16}\b",
    "cursor=CURSOR>": r"cursor=[\w-]+>",
    '"next_cursor":"CURSOR"': r'"next_cursor":"[\w-]+"',
}


EACH_DOCUMENT = pytest.mark.parametrize(
    "document",
    [pytest.param(path, marks=TELLS if path == README else (), id=str(path)) for path in DOCUMENTS],
)


class Block(NamedTuple):
    language: str
    text: str


def blocks(document: Path) -> list[Block]:
    found = re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", (ROOT / document).read_text())
    return [Block(language, text) for language, text in found]


def normal(text: str) -> str:
    """A text with what changes between runs replaced by its kind."""
    text = text.replace("\r\n", "\n").strip()
    for kind, pattern in CHANGING.items():
        text = re.sub(pattern, kind, text)
    return text


@pytest.fixture
def url(target: Target) -> Iterator[str]:
    """The API, with empty tables, on a port."""
    tables = [("claims", "pk"), *((r.table, r.key) for r in described().values())]
    for table, key in tables:
        target.clear(table, key)
    with serving(target) as address:
        yield address
    for table, key in tables:
        target.clear(table, key)


@pytest.mark.users
@pytest.mark.in_process
@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl is installed")
def test_every_command_of_the_readme(url: str) -> None:
    found = blocks(README)
    commands = [(index, block.text) for index, block in enumerate(found) if block.language == "sh"]
    assert sum("curl" in text for _, text in commands) >= 8
    for index, text in commands:
        if text.strip() in ELSEWHERE:
            continue
        told = run(text.replace(SHOWN_AT, url))
        shown = found[index + 1] if index + 1 < len(found) else Block("", "")
        if shown.language in ("json", "text"):
            assert normal(told) == normal(shown.text), f"{DIFFER}\n{text}"
        elif shown.language == "http":
            assert_http(told, shown.text)


def run(command: str) -> str:
    shell = ["sh", "-eu", "-c", command]
    return subprocess.run(shell, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout


def assert_http(told: str, shown: str) -> None:
    """The status and body are the ones shown; so is each header that is shown."""
    head, _, body = normal(told).partition("\n\n")
    shown_head, _, shown_body = normal(shown).partition("\n\n")
    assert body == shown_body, DIFFER
    assert head.splitlines()[0] == shown_head.splitlines()[0]
    assert set(shown_head.splitlines()) <= set(head.splitlines()), head


@pytest.mark.users
def test_the_readme_quotes_a_view_as_it_stands() -> None:
    quoted = [block.text for block in blocks(README) if block.language == "python"]
    assert quoted
    source = (ROOT / "chalicelib/users.py").read_text()
    assert all(text in source for text in quoted), "README.md shows a view that is no longer so"


@pytest.mark.parametrize("block", blocks(README))
def test_the_readmes_json_is_json(block: Block) -> None:
    if block.language == "json":
        json.loads(block.text)


@EACH_DOCUMENT
def test_links_lead_somewhere(document: Path) -> None:
    text = (ROOT / document).read_text()
    for address in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:", address):
            continue
        name, _, anchor = address.partition("#")
        place = (ROOT / document).parent / name if name else ROOT / document
        assert place.exists(), f"{document}: {address}"
        if anchor:
            assert anchor in anchors(place), f"{document}: {address}"


def anchors(document: Path) -> set[str]:
    """The anchors that GitHub makes of a document's headings."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-") for title in titles}


@EACH_DOCUMENT
def test_each_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = (ROOT / document).read_text()
    code = re.findall(r"`([^`\n]+)`", text) + [b.text for b in blocks(document)]
    named = {name for part in code for name in re.findall(r"\bmake ([a-z][a-z-]*)\b(?!=)", part)}
    assert named <= targets


@EACH_DOCUMENT
def test_each_path_in_code_exists(document: Path) -> None:
    """Paths such as `tests/contract`, written as code or quoted in a tree."""
    folders = "app.py|chalicelib|vendor|infra|tools|tests|benchmarks|docs|examples"
    if document == Path("docs/add-a-resource.md"):
        return  # it names what its reader makes; its own test follows it
    text = (ROOT / document).read_text()
    for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", text):
        assert (ROOT / path).exists(), f"{document}: {path}"


def rows(document: str, title: str) -> list[list[str]]:
    """The rows of the first table below a heading."""
    _, _, below = (ROOT / document).read_text().partition(f"\n## {title}\n")
    table = re.search(r"(?:^\|.*\|\n)+", below, re.MULTILINE)
    assert table, title
    lines = table[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def test_the_list_of_codes_is_the_catalogue() -> None:
    listed = {row[0]: int(row[1]) for row in rows("docs/errors.md", "Codes")}
    assert listed == {code: status for code, (status, _, _) in CATALOGUE.items()}
    assert {row[0] for row in rows("docs/errors.md", "Codes of a member")} == set(MEMBER_CODES)


def test_the_list_of_settings_is_what_is_read() -> None:
    modules = [ROOT / f"vendor/chalicekit/{name}.py" for name in ("settings", "trust")]
    nodes = [node for module in modules for node in ast.walk(ast.parse(module.read_text()))]
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    texts = {
        call.args[0].value
        for call in calls
        if call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }
    read = {text for text in texts if re.fullmatch(r"[A-Z][A-Z_]*[A-Z]", text)}
    listed = {row[0] for row in rows("docs/settings.md", "Settings of the API")}
    assert listed == read | {"TABLE_<NAME>", "BUCKET_<NAME>"}


def test_each_service_that_is_asked_has_its_endpoint_named() -> None:
    modules = [path.read_text() for path in (ROOT / "vendor/chalicekit").glob("*.py")]
    asked = {name for text in modules for name in re.findall(r'create_client\(\s*"(\w+)"', text)}
    _, _, below = (ROOT / "docs/settings.md").read_text().partition("\n## Of AWS\n")
    named = set(re.findall(r"`AWS_ENDPOINT_URL_(\w+)`", below))
    assert named == {name.upper() for name in asked}


def test_the_readme_names_what_knows_chalice() -> None:
    text = (ROOT / "README.md").read_text()
    paragraph = re.search(r"\*\*Is Chalice alive\?\*\*.*?\n\n", text, re.DOTALL)
    assert paragraph
    named = {name for name in re.findall(r"`(\w+)`", paragraph[0]) if name.islower()}
    modules = (ROOT / "vendor/chalicekit").glob("*.py")
    pattern = re.compile(r"^\s*(from|import) chalice\b", re.MULTILINE)
    assert named == {path.stem for path in modules if pattern.search(path.read_text())}
