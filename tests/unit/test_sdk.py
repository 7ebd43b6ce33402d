"""What the kit's client of DynamoDB does otherwise than botocore's: nothing that can be seen."""

import base64
import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.exceptions import HTTPClientError
from botocore.session import get_session
from botocore.utils import lowercase_dict
from hypothesis import given
from hypothesis import strategies as st

from chalicekit import sdk
from chalicekit.sdk import _Parser

BYTES = st.binary(max_size=8).map(lambda value: base64.b64encode(value).decode())
VALUES = st.recursive(
    st.one_of(
        st.text().map(lambda value: {"S": value}),
        st.integers().map(lambda value: {"N": str(value)}),
        st.booleans().map(lambda value: {"BOOL": value}),
        st.just({"NULL": True}),
        BYTES.map(lambda value: {"B": value}),
        st.lists(BYTES, min_size=1).map(lambda value: {"BS": value}),
        st.lists(st.text(), min_size=1).map(lambda value: {"SS": value}),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda value: {"L": value}),
        st.dictionaries(st.text(), inner, max_size=3).map(lambda value: {"M": value}),
    ),
    max_leaves=6,
)
ITEMS = st.dictionaries(st.text(), VALUES, max_size=4)


SCAN: Any = get_session().get_service_model("dynamodb").operation_model("Scan").output_shape


@given(st.lists(ITEMS, max_size=3))
def test_an_answer_is_what_botocore_makes_of_it(items: list[Any]) -> None:
    body = json.dumps({"Items": items, "Count": len(items), "ConsumedCapacity": {"TableName": "t"}})
    headers = HeadersDict({"X-Amzn-RequestId": "7", "Content-Type": "application/json"})
    sent = {"body": body.encode(), "status_code": 200, "headers": headers}
    found, whole = _Parser().parse(sent, SCAN), super(_Parser, _Parser()).parse(sent, SCAN)
    metadata = found["ResponseMetadata"]
    metadata["HTTPHeaders"] = lowercase_dict(metadata["HTTPHeaders"])
    assert found == whole


class Sent:
    """A client that sends nothing, what it would have sent, and the answer that it is given."""

    def __init__(self, region: str = "eu-central-1") -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_REGION", region)
            self.client = sdk.client()
        self.urls: list[str] = []
        self.signed: list[str] = []
        self.asked: list[str] = []  # the operations for which the rules of endpoints were
        self.body = b"{}"
        self.headers: Any = {}
        self.client.meta.events.register("before-send.dynamodb", self.answer)
        self.client.meta.events.register("before-endpoint-resolution.dynamodb", self.resolve)

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        self.urls.append(request.url)
        self.signed.append(request.headers["Authorization"].decode())
        raw = SimpleNamespace(stream=lambda: [self.body])
        return AWSResponse(request.url, 200, self.headers, raw)

    def resolve(self, model: Any, **_: Any) -> None:
        self.asked.append(model.name)

    def get(self) -> Any:
        return self.client.get_item(TableName="t", Key={"id": {"S": "7"}})


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def test_what_hooks_into_requests_is_asked() -> None:
    sent = Sent()
    sent.body = b'{"Item": {"id": {"S": "7"}}}'
    assert sent.get()["Item"] == {"id": {"S": "7"}}
    assert sent.urls == ["https://dynamodb.eu-central-1.amazonaws.com/"]
    assert "/eu-central-1/dynamodb/aws4_request" in sent.signed[0]


def test_an_endpoint_is_looked_for_once_for_each_operation() -> None:
    sent = Sent()
    sent.get()
    sent.get()
    sent.client.scan(TableName="t")
    assert sent.asked == ["GetItem", "Scan"]
    assert len(set(sent.urls)) == 1


def test_an_endpoint_that_says_how_to_sign_is_looked_for_each_time() -> None:
    sent = Sent("local")
    sent.get()
    sent.get()
    assert sent.asked == ["GetItem", "GetItem"]
    assert [*map(signed_for, sent.signed)] == ["us-east-1", "us-east-1"]


def signed_for(header: str) -> str:
    return header.split("/")[2]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b"<html>", {}),
        (b'{"Item": }', {}),
        (b'{"Item": {"id": {"B": "aaaa"}}', {}),
        (b'{"Item": {"id": {"B": "aaaaa"}}}', {}),
        (b'{"Item": {}}', {"Content-Length": "13"}),
    ],
)
def test_what_is_no_whole_answer_is_refused(body: bytes, headers: dict[str, str]) -> None:
    sent = Sent()
    sent.body, sent.headers = body, headers
    with pytest.raises(HTTPClientError, match="not an answer of DynamoDB"):
        sent.get()
