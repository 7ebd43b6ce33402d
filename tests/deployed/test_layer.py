"""Where each module of the deployed function comes from: nothing but its layer can help it.

Beside the API, functions are made of the very same zips; their handler is a module that tells.
"""

import io
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest

from tests.deployed.package import Package, event, sha256
from tests.resources import Json, described
from tests.resources.wares import WARES

TELLING = """
import sys

def handler(events, context):
    from app import app

    answers = [app(event, context)["statusCode"] for event in events]
    modules = {name: [m.__file__, getattr(m, "__cached__", None)] for name, m in sys.modules.items()
               if getattr(m, "__file__", None) and name != "__main__"}
    return {"answers": answers, "modules": modules}
"""
UNCHECKED = 1  # the flags of a .pyc that is never compared with its source
ARGUMENTS = ("Runtime", "Role", "Environment", "Timeout", "MemorySize")


def publish(package: Package, name: str, layer: str, handler: str = "telling.handler") -> None:
    """Make a function of what was deployed, with the telling module beside it."""
    served = package.served()
    code = package.built("deployment.zip").read_bytes()
    assert sha256(code) == served["CodeSha256"]
    with ZipFile(more := io.BytesIO(code), "a") as packed:
        packed.writestr("telling.py", TELLING)
    environment = {"Environment": {"Variables": served["Environment"]["Variables"]}}
    package.aws.client("lambda").create_function(
        FunctionName=name,
        Handler=handler,
        Code={"ZipFile": more.getvalue()},
        Layers=[layer],
        **{key: served[key] for key in ARGUMENTS} | environment,
    )


def imported(package: Package, name: str) -> Json:
    """What such a function has imported after some requests: files by the names of modules."""
    publish(package, name, package.outputs["Layer"])
    events, expected = [event("GET", "/health"), event("GET", "/")], [200, 200]
    for resource in (found for found in described().values() if found is not WARES):
        body, path = resource.sample(), resource.path
        events += [event("POST", path, body), event("POST", path, {}), event("GET", path)]
        expected += [201, 422, 200]
    told = package.invoke(name, events)
    assert told.get("answers") == expected, told
    found: Json = told["modules"]
    return found


@pytest.fixture(scope="module")
def modules(package: Package) -> Json:
    return imported(package, "telling")


def part(file: str) -> str:
    """Where a module's file is: layer, code or standard library."""
    if Path(file).is_relative_to(sysconfig.get_path("stdlib")):
        assert "site-packages" not in file
        return "library"
    (folder,) = {"code", "layer_0"} & {*Path(file).parts}
    return folder


def test_every_module_is_where_it_belongs(modules: Json) -> None:
    parts: dict[str, set[str]] = {}
    for name, (file, _) in modules.items():
        parts.setdefault(name.partition(".")[0], set()).add(part(file))
    assert parts["chalicekit"] == parts["botocore"] == parts["pydantic_core"] == {"layer_0"}
    assert parts["app"] == parts["chalicelib"] == {"code"}
    assert {name for name, where in parts.items() if "code" in where} == {
        *("app", "chalicelib", "chalice", "telling")
    }
    assert not [name for name, where in parts.items() if len(where) > 1]


def test_the_compiled_files_of_the_zips_are_used(package: Package, modules: Json) -> None:
    zips = {"layer_0": "layer-deployment.zip", "code": "deployment.zip"}
    packed = {where: ZipFile(package.built(name)) for where, name in zips.items()}
    looked_at = 0
    for file, cached in modules.values():
        where = part(file)
        if where == "library" or not file.endswith(".py") or Path(file).name == "telling.py":
            continue
        names = Path(cached).parts
        inside = "/".join(names[names.index(where) + 1 :])
        data = packed[where].read(inside)
        assert int.from_bytes(data[4:8], "little") == UNCHECKED, inside
        # One that Python cannot use is written anew.
        assert Path(cached).read_bytes() == data, inside
        looked_at += 1
    assert looked_at > 100


@pytest.fixture
def without(package: Package, tmp_path: Path) -> Iterator[str]:
    """The layer without annotated_types, which ministack's own Python has."""
    smaller, whole = tmp_path / "layer.zip", ZipFile(package.built("layer-deployment.zip"))
    with whole, ZipFile(smaller, "w", ZIP_STORED) as packed:
        for name in whole.namelist():
            if "annotated_types" not in name:
                packed.writestr(name, whole.read(name))
    client, bucket = package.aws.client("s3"), "smaller"
    client.create_bucket(Bucket=bucket)
    client.put_object(Bucket=bucket, Key="layer.zip", Body=smaller.read_bytes())
    made = package.aws.client("lambda").publish_layer_version(
        LayerName="smaller", Content={"S3Bucket": bucket, "S3Key": "layer.zip"}
    )
    yield made["LayerVersionArn"]
    shutil.rmtree(tmp_path)


def test_nothing_stands_in_for_what_a_layer_lacks(package: Package, without: str) -> None:
    publish(package, "lacking", without, handler="app.app")
    told = package.invoke("lacking", event("GET", "/health"))
    assert "No module named 'annotated_types'" in told["errorMessage"]
