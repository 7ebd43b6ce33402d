"""The bucket as infra/data.json makes it: private, encrypted, by HTTPS alone, and for a time."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.charts import kept
from tests import engines
from tests.engines import APP, ROOT

BUCKET = f"{APP}-dev-charts-000000000000"


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Where CloudFormation made it, for a stage that is deployed; nothing has changed it since."""
    with engines.ministack(tmp_path_factory.mktemp("bucket"), stage="dev") as engine:
        yield engine.client("s3")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    """What the template says of it."""
    template = json.loads((ROOT / "infra/data.json").read_text())
    found: dict[str, Any] = template["Resources"]["ChartsBucket"]
    return found


def test_nobody_can_make_it_public(s3: Any) -> None:
    blocked = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert blocked == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    owned = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]
    assert owned == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}, "no ACL holds"


def test_what_is_in_it_is_encrypted(described: dict[str, Any]) -> None:
    """By the template, for the local AWS says so of each bucket."""
    encryption = described["Properties"]["BucketEncryption"]
    (rule,) = encryption["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}


def test_it_is_reached_by_https_alone(s3: Any) -> None:
    policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    (statement,) = policy["Statement"]
    assert statement.pop("Sid") == "HttpsAlone"
    assert statement == {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def test_an_image_is_kept_for_30_days(described: dict[str, Any]) -> None:
    """By the template, for the local AWS knows no lifetimes."""
    (rule,) = described["Properties"]["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 30)
    assert not rule.keys() & {"Prefix", "TagFilters", "ObjectSizeLessThan"}, "each image"
    assert timedelta(days=30) == 2 * kept.RENEWED, "a link works for 15 days after each POST"


def test_it_outlives_its_stack(described: dict[str, Any]) -> None:
    assert described["DeletionPolicy"] == "RetainExceptOnCreate"
    assert described["UpdateReplacePolicy"] == "Retain"
