"""The bucket of what is deployed, and what is put there."""

import secrets
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cloud import Cloud
from tools import stages
from tools.deploy.artifacts import PART, Artifacts
from tools.refusals import Refusal
from tools.stages import Stage

DEV = stages.read("dev")
NUMBER = "000000000000"


@pytest.fixture
def stage() -> Stage:
    """A stage of an app that has no bucket yet."""
    return replace(DEV, app=f"App-{secrets.token_hex(4)}")


def account(client: Any) -> Any:
    return SimpleNamespace(number=NUMBER, region="us-east-1", client=lambda _: client)


def quiet(_: str) -> None:
    """Show nothing."""


@pytest.mark.slow
def test_the_bucket_is_made_once_and_is_private(aws: Cloud, stage: Stage) -> None:
    s3, shown = aws.client("s3"), list[str]()
    name = Artifacts(stage, account(s3), shown.append).bucket
    assert name == f"{stage.app}-artifacts-{NUMBER}-us-east-1".lower()
    assert shown == [f"  Making the bucket {name}."]
    blocked = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    assert len(blocked) == 4
    Artifacts(stage, account(s3), shown.append)
    assert len(shown) == 1


@pytest.mark.slow
def test_what_is_there_is_not_uploaded_again(aws: Cloud, stage: Stage) -> None:
    shown: list[str] = []
    artifacts = Artifacts(stage, account(aws.client("s3")), shown.append)
    first = artifacts.put("the function", b"one", ".zip")
    assert artifacts.put("the function", b"one", ".zip") == first
    assert artifacts.put("the function", b"two", ".zip") != first
    assert shown[1:] == [f"  Uploading the function (0.0 MB) to {artifacts.bucket}."] * 2
    assert artifacts.s3(first) == f"s3://{artifacts.bucket}/{first}"
    assert artifacts.url(first) == f"{aws.url}/{artifacts.bucket}/{first}"


@pytest.mark.slow
def test_large_ones_go_in_parts(aws: Cloud, stage: Stage) -> None:
    s3, shown = aws.client("s3"), list[str]()
    artifacts = Artifacts(stage, account(s3), shown.append)
    data = secrets.token_bytes(2 * PART + 1)
    key = artifacts.put("the layer", data, ".zip")
    assert s3.get_object(Bucket=artifacts.bucket, Key=key)["Body"].read() == data
    assert shown[2:] == ["    50%", "    100%", "    100%"]


@pytest.mark.slow
def test_an_upload_that_is_stopped_leaves_nothing(aws: Cloud, stage: Stage) -> None:
    s3 = aws.client("s3")

    def stop(line: str) -> None:
        if "%" in line:
            raise KeyboardInterrupt

    artifacts = Artifacts(stage, account(s3), stop)
    with pytest.raises(KeyboardInterrupt):
        artifacts.put("the layer", bytes(2 * PART), ".zip")
    assert not s3.list_multipart_uploads(Bucket=artifacts.bucket).get("Uploads")
    assert not s3.list_objects_v2(Bucket=artifacts.bucket).get("Contents")


class Bucket:
    """An S3 whose answers to questions about the bucket are these; it notes what it was asked."""

    meta = SimpleNamespace(endpoint_url="https://s3.eu-west-1.amazonaws.com")

    def __init__(self, head: str, create: str = "") -> None:
        self.head, self.create = head, create
        self.requests: list[dict[str, Any]] = []

    def head_bucket(self, **request: Any) -> None:
        self._answer(self.head, request)

    def create_bucket(self, **request: Any) -> None:
        self._answer(self.create, request)

    def put_public_access_block(self, **request: Any) -> None:
        self._answer("", request)

    def _answer(self, code: str, request: dict[str, Any]) -> None:
        self.requests.append(request)
        if code:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


@pytest.mark.parametrize("bucket", [Bucket("403"), Bucket("404", "BucketAlreadyExists")])
def test_a_bucket_of_somebody_else(bucket: Bucket) -> None:
    with pytest.raises(Refusal, match="cannot be used: it belongs to another account"):
        Artifacts(DEV, account(bucket), quiet)
    assert bucket.requests[0]["ExpectedBucketOwner"] == NUMBER


def test_what_else_s3_says() -> None:
    with pytest.raises(ClientError):
        Artifacts(DEV, account(Bucket("404", "TooManyBuckets")), quiet)


def test_a_region_is_named_but_for_the_first() -> None:
    bucket = Bucket("404")
    there = account(bucket)
    there.region = "eu-west-1"
    artifacts = Artifacts(DEV, there, quiet)
    asked = {"Bucket": artifacts.bucket} | {
        "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}
    }
    assert bucket.requests[1] == asked
    assert artifacts.url("k") == f"https://s3.eu-west-1.amazonaws.com/{artifacts.bucket}/k"


def test_a_name_that_is_too_long() -> None:
    with pytest.raises(Refusal, match="The bucket for what is deployed would be called"):
        Artifacts(replace(DEV, app="a" * 60), account(Bucket("")), quiet)
