"""`make resource` and `make remove`, on copies of the project."""

import re
import sys
from pathlib import Path

import pytest

from tests.clone import Clone
from tests.engines import ROOT
from tools.renaming import CannotRename, Names, names_in, renamed, singular
from tools.resources import edits, shared
from tools.resources.owned import owned

USER = Names("users", "user")
GIZMO = Names("gizmos", "gizmo")
USERS = ROOT / "chalicelib/users.py"

MOUNTED = [p for p in (ROOT / "tests/mounted").rglob("*.*") if p.suffix in (".py", ".css")]

pytestmark = pytest.mark.users  # they are what is copied


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """One copy for all that is refused."""
    return Clone(tmp_path_factory.mktemp("untouched") / "clone")


@pytest.mark.parametrize(
    ("name", "one", "path", "model", "sentence"),
    [
        ("gizmos", "", "/gizmos", "Gizmo", "Create a gizmo."),
        ("order-lines", "", "/order-lines", "OrderLine", "Create an order line."),
        ("order_lines", "", "/order-lines", "OrderLine", "Create an order line."),
        ("categories", "", "/categories", "Category", "Create a category."),
        ("movies", "movie", "/movies", "Movie", "Create a movie."),
        ("sheep", "sheep", "/sheep", "Sheep", "Create a sheep."),
    ],
    ids=["plain", "kebab", "snake", "ies", "one", "same"],
)
def test_add_and_remove(
    clone: Clone, name: str, one: str, path: str, model: str, sentence: str
) -> None:
    before, module = clone.tree(), name.replace("-", "_")
    assert path in clone.tool("add", name, ONE=one)
    assert clone.tree().keys() - before.keys() == {
        f"chalicelib/{module}.py",
        f"tests/resources/{module}.py",
    }
    source = clone.text(f"chalicelib/{module}.py")
    assert f"class {model}(Stored, {model}Fields):" in source
    assert sentence in source
    assert "user" not in source.lower()
    assert f"app.register_blueprint({module}.routes)" in clone.text("app.py")
    answer = "import app; print(*(path for path in app.app.routes))"
    routes = clone.run(sys.executable, "-c", answer, PYTHONPATH="vendor", APP_NAME="x").stdout
    assert {path, f"{path}/{{id}}", "/users"} <= set(routes.split())
    assert "stays on AWS" in clone.tool("remove", name)
    assert clone.tree() == before


@pytest.mark.slow
def test_several_and_in_any_order(clone: Clone) -> None:
    before = clone.tree()
    names = ["zebras", "apples", "melons", *(f"things-of-a-long-name-{n}s" for n in "abc")]
    for name in names:
        clone.tool("add", name)
    clone.python("ruff", "check")
    clone.python("ruff", "format", "--check")
    for name in names:
        clone.tool("remove", name)
    assert clone.tree() == before


@pytest.mark.slow
def test_what_was_taken_out_is_kept(clone: Clone) -> None:
    for number in (1, 2):
        clone.tool("add", "gizmos", LIKE="users")
        made = clone.text("chalicelib/gizmos.py")
        assert f".local/removed/gizmos-{number}" in clone.tool("remove", "gizmos")
        assert clone.text(f".local/removed/gizmos-{number}/chalicelib/gizmos.py") == made


@pytest.mark.slow
def test_a_copy_of_a_copy(clone: Clone) -> None:
    source = USERS.read_text()
    clone.tool("add", "orders")
    clone.tool("add", "gizmos", LIKE="orders")
    assert clone.text("chalicelib/gizmos.py") == renamed(source, USER, GIZMO)
    clone.tool("remove", "users")
    assert "LIKE=... names another: gizmos, orders." in clone.refused("add", "things")
    clone.tool("add", "users", LIKE="gizmos")
    assert clone.text("chalicelib/users.py") == source


@pytest.mark.parametrize(
    "name",
    [
        *["", "Products", "2nd", "a b", "../x", "a--b", "-a", "a.b", "é", "class", "list", "os"],
        *["home", "claims", "web", "users", "wares", "email", "app", "complete", "routes"],
        *["pages", "health", "errors"],
    ],
)
def test_a_name_that_cannot_be_had(untouched: Clone, name: str) -> None:
    untouched.refused("add", *([name] if name else []))


def test_what_a_refusal_says(untouched: Clone) -> None:
    assert untouched.refused("remove", "home") == "home is needed and stays."
    assert untouched.refused("add", "keys") == (
        "keys cannot be a resource's name: Key means something else already. "
        "ONE=... calls one of them otherwise."
    )
    for words in (["add", "Bad Name"], ["remove", "Bad", "Name"]):
        assert "'Bad Name' is no name: lower-case letters, digits and -" in untouched.refused(
            *words
        )


@pytest.mark.parametrize("one", ["Page", "page", "a b", "exception"])
def test_a_singular_that_cannot_be_had(untouched: Clone, one: str) -> None:
    untouched.refused("add", "things", ONE=one)


def test_a_resource_owns_what_tells_of_it(tmp_path: Path) -> None:
    """Not what happens to have its name, as a feature does."""
    texts = {
        "chalicelib/clients.py": renamed(USERS.read_text(), USER, Names("clients", "client")),
        "tests/resources/clients.py": "",
        "tests/test_clients.py": 'send("GET", "/clients/7")',
        "tests/rules/test_limits.py": "from chalicelib.clients import Client",
        "tests/clients/test_tours.py": 'send("GET", "/users")',
        "tests/unit/test_clients.py": 'folder = Path(f"{build}/clients")',
        "docs/clients.md": "See [clients](docs/clients.md), and `/clients-of-others`.",
        "chalicelib/web/clients.css": "a {}",
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    assert {str(path.relative_to(tmp_path)) for path in owned(tmp_path, "clients")} == {
        *[*texts][:4],
    }
    (tmp_path / "docs/clients.md").write_text("curl localhost:8000/clients")
    assert tmp_path / "docs/clients.md" in owned(tmp_path, "clients")
    (tmp_path / "chalicelib/clients.py").write_text("routes = None")
    assert {str(path.relative_to(tmp_path)) for path in owned(tmp_path, "clients")} == {
        *texts.keys() - {"tests/clients/test_tours.py", "tests/rules/test_limits.py"},
        *("tests/clients", "tests/rules/test_limits.py"),
    }


def test_a_resource_leaves_what_begins_like_it(clone: Clone) -> None:
    """Settings, statements and pins of others: AUTH_ISSUER, Logs, TablesButNotTheirDeletion."""
    for name in ("auth", "logs", "tables", "format", "resources"):
        path = clone.folder / f"chalicelib/{name}.py"
        path.write_text(USERS.read_text())
        assert shared.without(clone.folder, name, [path]) == {}
        path.unlink()


@pytest.mark.slow
def test_adding_twice_is_refused(clone: Clone) -> None:
    clone.tool("add", "gizmos")
    assert clone.refused("add", "gizmos") == "chalicelib/gizmos.py is there already."
    (clone.folder / "chalicelib/gizmos.py").unlink()
    assert clone.refused("add", "gizmos") == "tests/resources/gizmos.py is there already."


@pytest.mark.parametrize("name", ["", "gizmos", "home", "claims", "web", "../tests", "__init__"])
def test_what_cannot_be_taken_out(untouched: Clone, name: str) -> None:
    untouched.refused("remove", *([name] if name else []))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("app.py", "from chalicelib import", "from chalicelib import ("),
        ("app.py", "from chalicelib import", "# from chalicelib import"),
        ("app.py", "app.register_blueprint", "mount"),
        ("infra/data.json", '    "UsersTable": {', '  "UsersTable": {'),
        ("infra/data.json", '"ClaimsTable": {', '"ClaimsTable": {,'),
    ],
)
def test_what_cannot_be_edited_is_left_alone(
    clone: Clone, path: str, before: str, after: str
) -> None:
    clone.edit(path, before, after)
    clone.refused("add", "gizmos")
    if "import" in before:
        clone.refused("remove", "users", FORCE="1")


@pytest.mark.slow
def test_app_py_that_does_more_is_left_alone(clone: Clone) -> None:
    clone.write("app.py", clone.text("app.py") + "\nroutes = [users.routes]\n")
    assert "line 2" in clone.refused("remove", "users", FORCE="1")


@pytest.mark.slow
def test_the_last_resource_is_not_taken_out_by_mistake(clone: Clone) -> None:
    assert clone.refused("remove", "users") == (
        "users is the last resource: nothing would be served. Make another, or add FORCE=1."
    )
    clone.tool("add", "gizmos")
    clone.tool("remove", "users")
    assert clone.refused("remove", "gizmos").startswith("gizmos is the last resource: ")


def test_a_feature_goes_with_all_that_is_its_own(clone: Clone) -> None:
    before = clone.tree()
    clone.write("chalicelib/sketches.py", "routes = None\n")
    clone.write("chalicelib/web/sketches.html", "<p>\n")
    clone.write("tests/test_sketches.py", "from chalicelib import sketches\n")
    clone.write("docs/sketches.md", "# Sketches\n")
    clone.write("tools/draw.py", "def draw() -> None:\n    import chalicelib.sketches\n")
    clone.write("tests/drawing/conftest.py", "from tools.draw import draw\n")
    clone.write("tests/drawing/test_lines.py", "def test_lines(): ...\n")
    pins = clone.text("requirements.txt")
    clone.write("requirements.txt", f"{pins}# sketches: what draws them.\nsketcher==12.0.0\n")
    clone.edit("app.py", "from chalicelib import ", "from chalicelib import sketches, ")
    mount = "sketches.mount(\n    app,\n)\n"
    app = clone.text("app.py")
    clone.write("app.py", app.replace("app.register", f"{mount}app.register", 1))
    bucket = '    "SketchesBucket": {"Type": "AWS::S3::Bucket"},\n    "UsersTable"'
    clone.edit("infra/data.json", '    "UsersTable"', bucket)
    setting = '"SKETCHES_SIZE": "9",\n        "STAGE": "local"'
    clone.edit(".chalice/config.json", '"STAGE": "local"', setting)
    clone.tool("remove", "sketches")
    assert clone.tree() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "lost"),
    [
        (
            "mounts",
            {
                *("chalicelib/mounts.py", "docs/mounts.md", "tests/contract/test_mounts.py"),
                *(str(path.relative_to(ROOT)) for path in MOUNTED),
            },
        ),
        ("welcome", {"chalicelib/welcome.py", "tests/contract/test_welcome.py"}),
    ],
)
def test_a_greedy_feature_goes_whole_and_alone(clone: Clone, name: str, lost: set[str]) -> None:
    if not (ROOT / f"chalicelib/{name}.py").exists():
        return  # it has been taken out already
    before = clone.tree()
    told = clone.tool("remove", name)
    after = clone.tree()
    assert before.keys() - after.keys() == lost
    changed = {path for path in after if after[path] != before[path]}
    more = {"requirements-dev.txt"} if name == "mounts" else set()
    assert changed == {"app.py", "README.md", "docs/openapi.json", "docs/routes.md", *more}
    assert "still names" not in told
    for page in ("README.md", "docs/routes.md", "docs/mounts.md"):
        text = after.get(page, b"").decode()
        assert name not in text.replace("mounted", "").replace(".mount(", ""), page
    assert "Flask" not in clone.text("requirements-dev.txt") or name == "welcome"
    clone.python("ruff", "check")
    clone.python("ruff", "format", "--check")
    clone.python("tools.openapi", "--check")
    rest = [f"tests/test_{name}.py" for name in ("house", "files", "docs")]
    some = ["-k", "house or openapi or files or methods or welcome or mounts or greedy or links"]
    clone.python(
        "pytest",
        "-q",
        "--target",
        "moto",
        *rest,
        "tests/openapi/test_document.py",
        "tests/contract",
        "tests/security/test_scopes.py",
        *some,
    )


def test_all_is_written_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("old")
    (tmp_path / "folder").mkdir()
    texts = {tmp_path / "old": "new", tmp_path / "made": "new"}
    with pytest.raises(OSError, match="folder"):
        edits.write(texts, moves={tmp_path / "old": tmp_path / "m", tmp_path / "no-folder": ROOT})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "old"]
    assert (tmp_path / "old").read_text() == "old"


def test_words() -> None:
    ones = {
        "users": "user",
        "order-lines": "order-line",
        "categories": "category",
        "boxes": "box",
        "classes": "class",
        "houses": "house",
        "branches": "branch",
        "statuses": "status",
        "sheep": "sheep",
        "glass": "glass",
    }
    assert {many: singular(many) for many in ones} == ones
    for one, article in {
        "order": "an",
        "unit": "a",
        "hour": "an",
        "euro": "a",
        "house": "a",
    }.items():
        source = '"""A user, a user\'s."""\n\n\ndef a_user() -> None: ...\n'
        text = renamed(source, USER, Names(f"{one}s", one))
        assert text.startswith(f'"""{article.title()} {one}, {article} {one}\'s."""')
        assert f"def {article}_{one}()" in text


def test_there_and_back_again() -> None:
    source = USERS.read_text()
    assert names_in(source, "users") == USER
    new = Names("order-lines", "order-line")
    assert renamed(renamed(source, USER, new), new, USER) == source
    with pytest.raises(CannotRename, match="Page"):
        renamed(source, USER, Names("pages", "page"))


@pytest.mark.slow
def test_a_copy_needs_no_correction(clone: Clone) -> None:
    clone.tool("add", "order-lines")
    clone.python("ruff", "check")
    clone.python("ruff", "format", "--check")
    clone.mypy("app.py", "tests/resources")


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_without_users(clone: Clone) -> None:
    told = clone.tool("remove", "users", FORCE="1")
    assert "README.md still names chalicelib/users.py." in told
    assert "Makefile still names tools/seed: delete its target seed." in told
    assert "Still about /users: examples/curl/tour.sh, " in told
    clone.python("ruff", "check")
    clone.mypy()
    clone.python("tools.openapi", "--check")
    assert clone.python("tools.policies").startswith("The policies grant what the API needs")
    quick = ["--target", "moto", "-m", "not slow", "--once"]
    assert re.search(r"\d{3} passed", clone.python("pytest", "-q", *quick))
