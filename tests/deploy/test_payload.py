"""What goes to Lambda: the same bytes from the same source, and nothing else in them."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.clone import Clone
from tests.engines import ROOT
from tools import stages
from tools.deploy import bytecode, contents, dependencies, extras, payload, size, sources
from tools.epoch import MADE
from tools.refusals import Refusal
from tools.stages import Stage

PYTHON = ".".join(map(str, sys.version_info[:2]))
SITE = f"python/lib/python{PYTHON}/site-packages/"
BUILD = """
import sys
from pathlib import Path
from zipfile import ZipFile
from tools import stages
from tools.deploy import payload
folder = Path(sys.argv[1])
payload.build(stages.read("dev", folder), folder, Path(sys.argv[2]))
"""

# A machine that tests other things at once builds in a minute what takes it seconds.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def declare(clone: Clone) -> None:
    """Let the stages run on this Python: what is built is built for the one that builds."""
    config = clone.text(".chalice/config.json")
    declared = re.sub(r'("python_version": )"[\d.]+"', rf'\1"{PYTHON}"', config)
    clone.write(".chalice/config.json", declared)


class Project(Clone):
    """A clone that builds with what was fetched for this one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        declare(self)
        (folder / ".local").mkdir()
        (ROOT / ".local/dependencies").mkdir(parents=True, exist_ok=True)
        (folder / ".local/dependencies").symlink_to(ROOT / ".local/dependencies")

    @property
    def stage(self) -> Stage:
        return stages.read("dev", self.folder)

    def build(self, name: str, **changes: str) -> payload.Payload:
        to = self.folder / ".local" / name
        return payload.build(replace(self.stage, **changes), self.folder, to)  # type: ignore[arg-type]  # all str


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("payload") / "clone")


@pytest.fixture(scope="module")
def built(project: Project) -> payload.Payload:
    return project.build("built")


@pytest.fixture
def changing(project: Project) -> Iterator[Project]:
    """The project, which is put back afterwards."""
    before = project.tree()
    yield project
    for name in project.tree().keys() - before.keys():
        (project.folder / name).unlink()
    for name, data in before.items():
        (project.folder / name).write_bytes(data)


def all_of(built: payload.Payload) -> list[bytes]:
    return [file.read_bytes() for file in (built.layer, built.function, built.template)]


def test_the_same_source_gives_the_same_bytes(built: payload.Payload, tmp_path: Path) -> None:
    other = Clone(tmp_path / "elsewhere/another name")  # which fetches by itself
    declare(other)
    other.python("compileall", "-q", "vendor", "app.py")
    (other.folder / ".chalice/deployments").mkdir()
    env = {**other.env, "PYTHONHASHSEED": "42", "TZ": "Asia/Tokyo", "PYTHONPATH": str(ROOT)}
    out = tmp_path / "out"
    subprocess.run(
        [sys.executable, "-c", BUILD, other.folder, out], check=True, env=env, umask=0o077
    )
    for file in (built.layer, built.function, built.template):
        assert (out / "out" / file.name).read_bytes() == file.read_bytes(), file.name


def test_nothing_tells_where_or_by_whom_it_was_built(built: payload.Payload) -> None:
    secrets = [str(built.source.parent).encode(), str(ROOT).encode(), sys.prefix.encode()]
    for file in (built.layer, built.function):
        for name, data in contents.read(file).items():
            assert not any(secret in data for secret in secrets), name


def test_all_python_is_compiled_and_used_without_checks(built: payload.Payload) -> None:
    layer, function = contents.read(built.layer), contents.read(built.function)
    both = layer | function
    sources = [name for name in both if name.endswith(".py")]
    assert {bytecode.cached(name) for name in sources} == {n for n in both if n.endswith(".pyc")}
    assert all(both[bytecode.cached(name)][4:8] == b"\x01\0\0\0" for name in sources)
    assert b"/var/task/chalicelib/users.py" in function[bytecode.cached("chalicelib/users.py")]
    kit = f"{SITE}chalicekit/api.py"
    assert f"/opt/{kit}".encode() in layer[bytecode.cached(kit)]


def test_the_copy_has_no_more_than_chalice_needs(built: payload.Payload) -> None:
    assert {path.name for path in built.source.iterdir()} == {*sources.PARTS, "requirements.txt"}
    assert (built.source / "requirements.txt").read_text() == ""
    assert not (built.source / ".chalice/deployed").exists()
    assert (built.source / "vendor/chalicekit/api.py").exists()
    assert (built.source / "vendor/pydantic_core").is_dir()
    # Chalice's zips tell the times of files.
    assert {path.stat().st_mtime for path in (built.source / "vendor").rglob("*")} == {MADE}


def test_the_function_holds_the_views_and_the_layer_what_is_shared(built: payload.Payload) -> None:
    function = {name.split("/")[0] for name in contents.read(built.function)}
    assert function == {"app.py", "chalicelib", "chalice", "__pycache__"}
    layer = {name.removeprefix(SITE).split("/")[0] for name in contents.read(built.layer)}
    assert {"chalicekit", "botocore", "pydantic_core"} <= layer
    assert not {"README.md", "bin", "tools", "chalice", "chalicelib"} & layer
    assert not {name for name in layer if name.startswith("dns")}  # nothing here looks domains up


def test_the_layer_describes_the_services_in_use_and_no_others(built: payload.Payload) -> None:
    data = f"{SITE}botocore/data/"
    held = [name.removeprefix(data) for name in contents.read(built.layer) if data in name]
    credentials = {"signin", "sso", "sso-oidc", "sts"}
    assert {name.split("/")[0] for name in held if "/" in name} == {
        *("dynamodb", "s3", "sesv2"),
        *credentials,
    }
    assert {"endpoints.json", "partitions.json", "_retry.json"} <= {*held}


def test_a_service_that_nobody_can_name_is_refused(changing: Project) -> None:
    asked = "import boto3\n\n\ndef client(name: str) -> object:\n    return boto3.client(name)\n"
    changing.write("chalicelib/spare.py", asked)
    told = r"\Achalicelib/spare\.py, line 5: write the service's name there, in quotes"
    with pytest.raises(Refusal, match=told):
        changing.build("unnamed")


def test_editing_a_view_leaves_the_layer_alone(built: payload.Payload, changing: Project) -> None:
    changing.write("chalicelib/home.py", changing.text("chalicelib/home.py") + "\nMORE = 1\n")
    layer, function, _ = all_of(changing.build("view"))
    assert layer == all_of(built)[0]
    assert function != all_of(built)[1]


def test_a_renamed_module_of_the_kit_arrives_renamed(
    built: payload.Payload, changing: Project
) -> None:
    (changing.folder / "vendor/chalicekit/devserver.py").rename(
        changing.folder / "vendor/chalicekit/webserver.py"
    )
    local = changing.text("tools/local/local.py")
    changing.write("tools/local/local.py", local.replace("devserver", "webserver"))
    again = changing.build("renamed")
    names = {name.removeprefix(f"{SITE}chalicekit/") for name in contents.read(again.layer)}
    assert "webserver.py" in names
    assert not [name for name in names if "devserver" in name]
    layer, function, _ = all_of(built)
    assert again.layer.read_bytes() != layer
    assert again.function.read_bytes() == function


Change = Callable[[dict[str, bytes]], object]
KIT, IDNA = f"{SITE}chalicekit/api.py", f"{SITE}idna/core.py"
WRONG_LAYERS: dict[str, Change] = {
    r"The layer lacks chalicekit/api\.py\.": lambda files: files.pop(KIT),
    r"The layer lacks idna/core\.py\.": lambda files: files.pop(IDNA),
    r"The layer holds idna/extra\.py, which belongs to nothing\.": lambda files: files.update(
        {f"{SITE}idna/extra.py": b""}
    ),
    r"The layer holds __pycache__/six\.cpython-312\.pyc, which": lambda files: files.update(
        {f"{SITE}__pycache__/six.cpython-312.pyc": b""}
    ),
    r"The layer holds another chalicekit/api\.py than it should\.": lambda files: files.update(
        {KIT: b"old = 1\n"}
    ),
    r"The layer holds another idna/core\.py than it should\.": lambda files: files.update(
        {IDNA: files[IDNA] + b"#"}
    ),
    r"The layer holds chalicekit/api\.py without a \.pyc": lambda files: files.pop(
        bytecode.cached(KIT)
    ),
    r"The layer holds idna/core\.py without a \.pyc": lambda files: files.update(
        {bytecode.cached(IDNA): files[bytecode.cached(KIT)]}
    ),
    r"The layer holds idna 3\.1, and requirements\.txt says 3\.": lambda files: moved(
        files, "idna-", "idna-3.1.dist-info"
    ),
    r"The layer holds idnb, which is not in requirements\.txt\.": lambda files: files.update(
        {f"{SITE}idnb-1.dist-info/METADATA": b""}
    ),
    r"The layer lacks idna, which is in requirements\.txt\.": lambda files: files.pop(
        next(name for name in files if re.search(r"/idna-.*METADATA", name))
    ),
    r"The layer lacks dnspython, which is in requirements\.txt\.": lambda files: files.update(
        {f"{SITE}idna/mx.py": b"import dns.resolver\n"}
    ),
    r"The layer holds chalice: Chalice packs that": lambda files: files.update(
        {f"{SITE}chalice/local.py": b""}
    ),
    r"The layer holds app\.py: Chalice packs that": lambda files: files.update(
        {f"{SITE}app.py": b""}
    ),
    r"The layer holds six\.py, which is not below python/lib": lambda files: files.update(
        {"six.py": b""}
    ),
}


def moved(files: dict[str, bytes], start: str, to: str) -> None:
    for name in [name for name in files if name.startswith(SITE + start)]:
        files[f"{SITE}{to}/{name.rsplit('/', 1)[1]}"] = files.pop(name)


WRONG_FUNCTIONS: dict[str, Change] = {
    r"The function lacks chalicelib/users\.py\.": lambda files: files.pop("chalicelib/users.py"),
    r"The function lacks chalice/app\.py\.": lambda files: files.pop("chalice/app.py"),
    r"The function holds chalice/local\.py, which": lambda files: files.update(
        {"chalice/local.py": b""}
    ),
    r"The function holds chalicekit/api\.py, which": lambda files: files.update(
        {"chalicekit/api.py": b""}
    ),
    r"The function holds app\.py without a \.pyc": lambda files: files.pop(
        bytecode.cached("app.py")
    ),
}


@pytest.mark.parametrize("line", WRONG_LAYERS)
def test_a_wrong_layer_is_refused(
    line: str, built: payload.Payload, project: Project, tmp_path: Path
) -> None:
    layer = changed(built.layer, tmp_path, WRONG_LAYERS[line])
    with pytest.raises(Refusal, match=line):
        contents.check(layer, built.function, project.stage, project.folder)


@pytest.mark.parametrize("line", WRONG_FUNCTIONS)
def test_a_wrong_function_is_refused(
    line: str, built: payload.Payload, project: Project, tmp_path: Path
) -> None:
    function = changed(built.function, tmp_path, WRONG_FUNCTIONS[line])
    with pytest.raises(Refusal, match=line):
        contents.check(built.layer, function, project.stage, project.folder)


def changed(file: Path, folder: Path, change: Change) -> Path:
    files = contents.read(file)
    change(files)
    with ZipFile(folder / file.name, "w") as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return folder / file.name


def test_more_than_lambda_takes_is_refused(
    built: payload.Payload, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "UNZIPPED", 30 * 2**20)
    with pytest.raises(Refusal, match=r"are \d\d MB unzipped, and Lambda takes 250: `make size`"):
        contents.check(built.layer, built.function, project.stage, project.folder)


def test_an_import_that_only_a_laptop_has_is_refused(changing: Project) -> None:
    # Nothing imports it yet, and it is packed.
    changing.write("chalicelib/spare.py", "def draw() -> None:\n    import tqdm\n")
    with pytest.raises(
        Refusal, match=r"\Achalicelib/spare\.py imports tqdm, which Lambda would not"
    ):
        changing.build("imports")


def test_somebody_elses_package_may_stand_in_vendor(changing: Project) -> None:
    # Its record tells whose it is; what it imports where it is used is its own matter.
    changing.write("vendor/odd/__init__.py", "def draw() -> None:\n    import tqdm\n")
    changing.write("vendor/odd-1.0.dist-info/METADATA", "Name: odd\n")
    changing.write("vendor/odd-1.0.dist-info/RECORD", "odd/__init__.py,,\n")
    assert f"{SITE}odd/__init__.py" in contents.read(changing.build("odd").layer)


def test_an_app_that_cannot_be_loaded_is_one_line(changing: Project) -> None:
    changing.write("app.py", "raise RuntimeError('no')\n")
    with pytest.raises(Refusal, match=r"\Aapp\.py could not be imported: RuntimeError: no\Z"):
        changing.build("broken")


def test_what_chalice_cannot_load_is_one_line(changing: Project, tmp_path: Path) -> None:
    changing.write("app.py", "raise RuntimeError('no')\n")
    with pytest.raises(
        Refusal, match=r"\A`chalice package` cannot pack this: RuntimeError: no \(all"
    ):
        payload.described(changing.stage, changing.folder, tmp_path / "described")


def test_a_module_beside_the_kit_that_a_dependency_brings_is_refused(changing: Project) -> None:
    changing.write("vendor/six.py", "")
    with pytest.raises(Refusal, match=r"vendor/six\.py comes with requirements\.txt too"):
        changing.build("both")


@pytest.mark.parametrize(("architecture", "machine"), [("x86_64", 62), ("arm64", 183)])
def test_native_modules_are_those_of_the_architecture(
    architecture: str, machine: int, project: Project
) -> None:
    stage = replace(project.stage, architecture=architecture)
    site = dependencies.fetched(stage, project.folder)
    natives = [*site.rglob("*.so")]
    names = {native.name.split(".")[0] for native in natives}
    assert {"_pydantic_core", "_rust", "_cffi_backend"} <= names
    for native in natives:
        assert int.from_bytes(native.read_bytes()[18:20], "little") == machine  # e_machine of ELF


def test_it_is_imported_where_this_machine_can(built: payload.Payload, project: Project) -> None:
    lines: list[str] = []
    for architecture in ("x86_64", "arm64"):
        stage = replace(project.stage, architecture=architecture)
        contents.check(built.layer, built.function, stage, project.folder, lines.append)
    assert sorted(line.split(":")[0] for line in lines) == ["Imported as on Lambda", "Not imported"]


def test_the_size_of_each_part_adds_up(built: payload.Payload, project: Project) -> None:
    lines = size.table(built, project.stage).splitlines()
    parts = {line[:24].strip(): [float(part) for part in line[24:].split()] for line in lines[1:-1]}
    total = parts.pop("together")
    rest = parts.pop("without these")
    added = [parts.pop(f"of it {extra.title}") for extra in extras.extras()]
    assert rest[2] == pytest.approx(total[2] - sum(each[2] for each in added), abs=0.03)
    tokens, *_ = added
    checking = [parts[part][2] for part in ("pyjwt", "cryptography", "cffi", "pycparser")]
    assert tokens[2] == pytest.approx(sum(checking), abs=0.03)
    assert {"botocore", "pydantic_core", "the kit", "the function", "Chalice"} <= parts.keys()
    for column in range(3):
        summed = sum(part[column] for part in parts.values())
        assert summed == pytest.approx(total[column], abs=0.005 * len(parts) + 0.005)
    zipped = sum(file.stat().st_size for file in (built.layer, built.function))
    assert total[2] == pytest.approx(zipped / 2**20, abs=0.01)
