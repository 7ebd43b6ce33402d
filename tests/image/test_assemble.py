"""What tools/image/assemble.py makes of packages and an API, inside of a build."""

import gzip
import json
import os
import stat
from pathlib import Path

import pytest

from tools.deploy import bytecode
from tools.epoch import MADE
from tools.image import assemble, failures
from tools.image.assemble import CannotError

OLD = 1_000_000_000


class Build:
    """A folder as the Dockerfile's build stage has it."""

    def __init__(self, folder: Path) -> None:
        self.root, self.site, self.out = folder, folder / "site", folder / "out"
        self.write(
            "app.py",
            "import chalicelib\n",
            "chalicelib/__init__.py",
            "",
            "chalicelib/web/a.js",
            "1",
        )
        self.write("vendor/kit/__init__.py", "create_client('dynamodb')\n", "vendor/one.py", "")
        self.write("site/chalice/__init__.py", "", "site/chalice/app.py", "")
        self.write("site/chalice/cli/__init__.py", "", "site/chalice/deploy.py", "")
        self.write("site/bin/tool", "#!/here\n", "site/six.py", "A = 1\n", "site/six.pyi", "A: int")
        info = "site/six-1.17.dist-info"
        record = f"six.py,,\n{info.removeprefix('site/')}/METADATA,,\n../../bin/tool,,\n"
        self.write(f"{info}/RECORD", record, f"{info}/WHEEL", "", f"{info}/LICENSE", "free")
        self.write(
            f"{info}/METADATA", "Name: six\nVersion: 1.17\nLicense: MIT\n  or so\n\nLicense: no"
        )
        self.write("site/RECORD", "a file of somebody's")
        fetched = {"six": {"file": "six-1.17-py3-none-any.whl", "sha256": "0" * 64}}
        self.write("site/fetched.json", json.dumps(fetched))
        self.write("site/botocore/data/endpoints.json", '{"partitions": []}')
        (folder / "site/botocore/data/dynamodb/1").mkdir(parents=True)
        about = json.dumps({"metadata": {"endpointPrefix": "dynamodb"}}).encode()
        (folder / "site/botocore/data/dynamodb/1/service-2.json.gz").write_bytes(
            gzip.compress(about)
        )

    def write(self, *names_and_texts: str) -> None:
        for name, text in zip(names_and_texts[::2], names_and_texts[1::2], strict=True):
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def assemble(self) -> None:
        assemble.assemble(self.site, self.out, self.root)

    def files(self, layer: str) -> list[str]:
        folder = self.out / layer / "var/task"
        files = [path for path in folder.rglob("*") if path.is_file()]
        return sorted(path.relative_to(folder).as_posix() for path in files)


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


def compiled(name: str) -> str:
    return bytecode.cached(name)


def test_the_app_and_what_it_needs_are_two_trees(build: Build) -> None:
    build.assemble()
    assert build.files("app") == sorted(
        [
            *("app.py", "chalicelib/__init__.py", "chalicelib/web/a.js"),
            *("kit/__init__.py", "one.py"),
            *(compiled("app.py"), compiled("chalicelib/__init__.py")),
            *(compiled("kit/__init__.py"), compiled("one.py")),
        ]
    )
    assert build.files("dependencies") == sorted(
        [
            *("botocore/data/dynamodb/1/service-2.json.gz", "botocore/data/endpoints.json"),
            *("chalice/__init__.py", "chalice/app.py", "packages.json", "six.py", "six.pyi"),
            *(compiled("chalice/__init__.py"), compiled("chalice/app.py"), compiled("six.py")),
            *("six-1.17.dist-info/LICENSE", "six-1.17.dist-info/METADATA", "RECORD"),
        ]
    )
    kept = build.out / "dependencies/var/task"
    assert (kept / "RECORD").read_text() == "a file of somebody's"  # only pip's own notes go


def test_what_is_compiled_is_used_unchecked_and_names_its_place_in_the_image(build: Build) -> None:
    build.assemble()
    source = build.out / "app/var/task/app.py"
    pyc = build.out / "app/var/task" / compiled("app.py")
    assert bytecode.fresh(source.read_bytes(), pyc.read_bytes())
    assert b"/var/task/app.py" in pyc.read_bytes()
    assert str(build.root).encode() not in pyc.read_bytes()


def test_all_may_read_it_and_it_has_one_time_whatever_the_source_had(build: Build) -> None:
    before = os.umask(0o077)
    try:
        for path in [*build.root.rglob("*")]:
            path.chmod(0o700)
            os.utime(path, (OLD, OLD))
        build.assemble()
    finally:
        os.umask(before)
    found = {
        (stat.S_IMODE(p.stat().st_mode), p.is_dir(), p.stat().st_mtime)
        for p in build.out.rglob("*")
    }
    assert found == {(0o644, False, MADE), (0o755, True, MADE)}


def test_the_list_of_packages_comes_with_the_image(build: Build) -> None:
    build.assemble()
    listed = json.loads((build.out / "dependencies/var/task/packages.json").read_text())
    assert listed == [
        {
            "name": "six",
            "version": "1.17",
            "license": "MIT",
            "file": "six-1.17-py3-none-any.whl",
            "sha256": "0" * 64,
            "places": ["six-1.17.dist-info", "six.py"],
        }
    ]


def test_what_nothing_asks_for_is_neither_there_nor_listed(build: Build) -> None:
    info = "site/dnspython-2.9.2.dist-info"
    build.write(f"{info}/METADATA", "Name: dnspython\nVersion: 2.9.2\nLicense: ISC\n")
    build.write(f"{info}/RECORD", "dns/resolver.py,,\ndnspython-2.9.2.dist-info/METADATA,,\n")
    both = {"six", "dnspython"}
    fetched = {name: {"file": f"{name}.whl", "sha256": "0" * 64} for name in both}
    build.write("site/dns/resolver.py", "", "site/fetched.json", json.dumps(fetched))
    # Chalice's command line is no part of the image.
    build.write("site/chalice/cli/__init__.py", "import dns.resolver\n")
    build.assemble()
    assert not [name for name in build.files("dependencies") if name.startswith("dns")]
    listed = json.loads((build.out / "dependencies/var/task/packages.json").read_text())
    assert [each["name"] for each in listed] == ["six"]


def test_an_expression_of_licences_is_kept_as_one(build: Build) -> None:
    text = "Name: six\nVersion: 1.17\nLicense-Expression: MIT OR 0BSD\nLicense: x\n"
    build.write("site/six-1.17.dist-info/METADATA", text)
    assert assemble.packages(build.site)[0]["expression"] == "MIT OR 0BSD"


def test_a_licence_that_is_a_file_alone_is_named(build: Build) -> None:
    text = "Name: six\nVersion: 1.17\nLicense-File: LICENSE\n"
    build.write("site/six-1.17.dist-info/METADATA", text)
    assert assemble.packages(build.site)[0]["license"] == "as its file LICENSE has it"


def refusal(build: Build) -> str:
    with pytest.raises(CannotError) as raised:
        build.assemble()
    return str(raised.value)


def test_a_link_is_one_line(build: Build) -> None:
    (build.root / "chalicelib/more.py").symlink_to("__init__.py")
    assert refusal(build) == (
        "chalicelib/more.py is a link, which is no file in an image: copy the file there."
    )


def test_a_linked_folder_is_one_line(build: Build) -> None:
    (build.root / "vendor/more").symlink_to("kit")
    assert refusal(build).startswith("vendor/more is a link")


@pytest.mark.parametrize("name", ["vendor/six.py", "site/chalicelib/__init__.py"])
def test_a_module_that_comes_twice_is_one_line(build: Build, name: str) -> None:
    build.write(name, "")
    top = name.split("/")[1]
    assert refusal(build) == f"{top} comes with requirements-image.txt, too: keep one of the two."


@pytest.mark.parametrize("name", ["app.py", "chalicelib/more.py", "vendor/chalicekit/more.py"])
def test_a_module_of_ours_that_does_not_compile_is_one_line(build: Build, name: str) -> None:
    build.write(name, "A = 1\nB = = 2\n")
    assert refusal(build) == f"{name}, line 2: invalid syntax."


def test_a_module_with_a_zero_byte_is_one_line(build: Build) -> None:
    build.write("chalicelib/more.py", "A = 1\0\n")
    assert refusal(build).startswith("chalicelib/more.py")


def test_a_vendored_package_may_have_code_of_another_python(build: Build) -> None:
    build.write("vendor/kit/old.py", "print 'x'\n")
    build.assemble()
    assert "kit/old.py" in build.files("app")


def test_the_line_of_what_does_not_compile_reaches_make_image(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.write("chalicelib/more.py", "A = 1\nB = = 2\n")
    monkeypatch.chdir(build.root)
    monkeypatch.setattr("sys.argv", ["assemble", "site", "out"])
    with pytest.raises(SystemExit) as raised:
        assemble.main()
    said = f"STEP 9: RUN\n{raised.value.code}\nerror: exit status 1"
    assert failures.build(said) == "Not built: chalicelib/more.py, line 2: invalid syntax."


def test_the_command_ends_with_a_line_that_make_image_finds(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.write("app.py", "create_client(NAME)")
    monkeypatch.chdir(build.root)
    monkeypatch.setattr("sys.argv", ["assemble", "site", "out"])
    with pytest.raises(SystemExit) as raised:
        assemble.main()
    assert str(raised.value.code).startswith("Not built: app.py, line 1: write the service's name")
