"""Which services' data an image has: of those that clients are made for, found in the source."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import botocore
import pytest

from tests.engines import ROOT
from tools.deploy import sources
from tools.image import services, source
from tools.image.services import UnknownServiceError

OURS = [path for path in sources.listed(ROOT, source.SHIPPED) if path.endswith(".py")]
CREDENTIALS = {"signin", "sso", "sso-oidc", "sts"}  # whom botocore's own providers ask


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A botocore that knows four services, s3 in two versions."""
    data = tmp_path / "site/botocore/data"
    described = {"dynamodb": ["2012-08-10"], "s3": ["2006-03-01", "2099-01-01"], "sso-oidc": ["1"]}
    for name, versions in (described | {"sts": ["2011-06-15"]}).items():
        for version in versions:
            (data / name / version).mkdir(parents=True)
            prefix = "oidc" if name == "sso-oidc" else name
            about = json.dumps({"metadata": {"endpointPrefix": prefix}}).encode()
            (data / name / version / "service-2.json.gz").write_bytes(gzip.compress(about))
            (data / name / version / "examples-1.json").write_text("{}")
            (data / name / version / "waiters-2.json").write_text("{}")
    regions: dict[str, object] = {name: {"endpoints": {}} for name in ("dynamodb", "oidc", "ec2")}
    partitions = [{"partition": "aws", "services": regions, "regions": {"eu-west-1": {}}}]
    (data / "endpoints.json").write_text(json.dumps({"version": 3, "partitions": partitions}))
    (data / "_retry.json").write_text("{}")
    return tmp_path / "site"


@pytest.fixture
def used(tmp_path: Path, packages: Path) -> Callable[[str], set[str]]:
    def found(source: str) -> set[str]:
        (tmp_path / "module.py").write_text(source)
        return services.used(tmp_path, ["module.py"], packages)

    return found


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('client = session.create_client("s3", region_name="x")', {"s3"}),
        ('get_session().create_client(service_name="sts")', {"sts"}),
        ('boto3.client("dynamodb")\nboto3.resource("s3")', {"dynamodb", "s3"}),
        ('session.client("sts")', {"sts"}),
        ('boto3.Session().client("s3")', {"s3"}),
        ('boto3.session.Session(region_name="x").resource("s3")', {"s3"}),
        ('s = boto3.Session(); s.client("s3")', {"s3"}),
        ('self.session.client(service_name="s3")', {"s3"}),
        ('from boto3 import client; client("s3")', {"s3"}),
        ('from boto3 import client as made; made("s3")', {"s3"}),
        ('create_nested_client(session, "sts")', {"sts"}),
        ("import botocore\ndef client(x): ...\nclient(x)\ndynamodb.client()", set()),
        ('import botocore\nqueue.client("unheard-of")', set()),
        ("http.client(name)\ndynamodb.client()\n\"create_client('s3')\"", set()),
    ],
)
def test_a_service_is_found_where_a_client_is_made(
    used: Callable[[str], set[str]], source: str, names: set[str]
) -> None:
    assert used(source) == names


@pytest.mark.parametrize(
    "made",
    [
        "session.create_client(NAME)",
        "session.create_client(NAME, 'eu-west-1')",
        "session.create_client(NAME, 's3')",
        "create_nested_client(session, NAME)",
        "boto3.client(f'{x}')",
        "(import_module('boto3'), boto3.client(*given))",
    ],
)
def test_a_service_that_is_not_written_there_is_one_line(
    used: Callable[[str], set[str]], made: str
) -> None:
    with pytest.raises(UnknownServiceError) as raised:
        used(f"\nmade = {made}")
    assert str(raised.value) == (
        "module.py, line 2: write the service's name there, in quotes: "
        "only what botocore needs for it is shipped."
    )


@pytest.mark.parametrize("imported", ["import boto3", "from botocore.session import Session"])
@pytest.mark.parametrize("made", ["Session().client(NAME)", "s.resource(service_name=NAME)"])
def test_whoever_has_a_session_writes_the_name(
    used: Callable[[str], set[str]], imported: str, made: str
) -> None:
    with pytest.raises(UnknownServiceError, match="line 2: write the service's name there"):
        used(f"{imported}\n{made}")


def test_a_function_of_boto3_by_another_name(used: Callable[[str], set[str]]) -> None:
    with pytest.raises(UnknownServiceError, match="line 2: write the service's name there"):
        used("from boto3 import client as made\nmade(NAME)")


def test_a_service_that_botocore_does_not_know_is_one_line(
    used: Callable[[str], set[str]],
) -> None:
    with pytest.raises(UnknownServiceError) as raised:
        used('session.create_client("dynamo")')
    assert str(raised.value) == "module.py, line 1: botocore has no service dynamo."


def test_packages_add_those_that_they_name(used: Callable[[str], set[str]], packages: Path) -> None:
    (packages / "other.py").write_text(
        "create_nested_client(session, 'sso-oidc')\nself._client_creator('sts')\n"
        "create_client(name)\ncreate_client('unheard-of')\n"
    )
    (packages / "old.py").write_text("print 'create_client'\n")
    assert used("") == {"sso-oidc", "sts"}


def test_only_what_they_need_is_left(packages: Path) -> None:
    data = packages / "botocore/data"
    services.trim(data, {"dynamodb", "s3", "sso-oidc"})
    left = sorted(path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file())
    assert left == [
        "_retry.json",
        "dynamodb/2012-08-10/service-2.json.gz",
        "dynamodb/2012-08-10/waiters-2.json",
        "endpoints.json",
        "s3/2099-01-01/service-2.json.gz",
        "s3/2099-01-01/waiters-2.json",
        "sso-oidc/1/service-2.json.gz",
        "sso-oidc/1/waiters-2.json",
    ]
    endpoints = json.loads((data / "endpoints.json").read_text())
    (partition,) = endpoints["partitions"]
    assert endpoints["version"] == 3
    assert partition["services"].keys() == {"dynamodb", "oidc"}
    assert partition["regions"] == {"eu-west-1": {}}


def test_the_kit_uses_three_and_botocore_those_that_give_credentials(tmp_path: Path) -> None:
    installed = Path(botocore.__file__).parent
    ignored = shutil.ignore_patterns("__pycache__", "cacert.pem", "docs", "vendored", "*.json*")
    shutil.copytree(installed, tmp_path / "botocore", ignore=ignored)
    ours = services.used(ROOT, OURS, tmp_path)
    assert ours == {"dynamodb", "s3", "sesv2"} | CREDENTIALS
