"""The user agent of requests to DynamoDB: by it, AWS's logs tell whose they are."""

import botocore
import pytest

from chalicekit import dynamodb


@pytest.mark.parametrize(("name", "end"), [("", "chalicekit"), ("shop", "chalicekit app/shop")])
def test_it_names_botocore_and_the_app(
    name: str, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", name)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    dynamodb.reset()
    agent = dynamodb.client().meta.config.user_agent
    dynamodb.reset()
    assert agent == f"Botocore/{botocore.__version__} {end}"
