"""Objects in S3: what each of its failures means, and whose bucket is asked.

The client is the kit's own; only what would go over the network is answered here.
"""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import ReadTimeoutError as SlowBody

from chalicekit import log, objects, settings
from chalicekit.call import Call
from chalicekit.objects import Bucket
from chalicekit.problems import NotFound, Unavailable
from chalicekit.settings import SettingError

ACCOUNT = "123456789012"
IN_LAMBDA = Call(function=f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:shop-dev")
OWN = "shop-dev-images-123456789012"
Answer = Callable[[AWSPreparedRequest], AWSResponse]


class Body(io.BytesIO):
    """What is read of an answer; with `broken`, the read fails with it."""

    def __init__(self, data: bytes, broken: Exception | None = None) -> None:
        super().__init__(data)
        self._broken = broken

    def read(self, size: int | None = -1, /) -> bytes:
        if self._broken:
            raise self._broken
        return super().read(size)

    def stream(self) -> Iterator[bytes]:  # how what is no object is read
        yield self.read()


def says(status: int, data: bytes = b"", broken: Exception | None = None, **headers: str) -> Answer:
    named = HTTPHeaders()
    for name, value in headers.items():
        named[name.replace("_", "-")] = value

    def answer(request: AWSPreparedRequest) -> AWSResponse:
        return AWSResponse(request.url, status, named, Body(data, broken))

    return answer


def refusal(status: int, code: str) -> Answer:
    """An error as S3 words it; that of a HEAD has no body, and so no code."""

    def answer(request: AWSPreparedRequest) -> AWSResponse:
        text = f"<Error><Code>{code}</Code><Message>Injected.</Message></Error>".encode()
        return says(status, b"" if request.method == "HEAD" else text)(request)

    return answer


def fails(error: Exception) -> Answer:
    def answer(request: AWSPreparedRequest) -> AWSResponse:
        raise error

    return answer


class S3:
    """Gives each request the answer that is set, and keeps what was asked."""

    def __init__(self) -> None:
        self.answer: Answer = says(200)
        self.asked: list[AWSPreparedRequest] = []

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        self.asked.append(request)
        return self.answer(request)

    def answering(self, answer: Answer) -> None:
        self.answer = answer

    @property
    def owners(self) -> list[bytes | str | None]:
        return [request.headers.get("x-amz-expected-bucket-owner") for request in self.asked]

    @property
    def addresses(self) -> list[str]:
        return [request.url for request in self.asked]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Of stage dev, without an engine; changed before anything is asked."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "BUCKET_IMAGES"):
        monkeypatch.delenv(name, raising=False)
    given = {"APP_NAME": "shop", "STAGE": "dev", "AUTH": "none", "AWS_REGION": "eu-central-1"}
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    for name, value in (given | keys).items():
        monkeypatch.setenv(name, value)
    log.setup()
    settings.reset()
    objects.reset()
    yield monkeypatch
    settings.reset()
    objects.reset()


@pytest.fixture
def s3(environment: pytest.MonkeyPatch) -> S3:
    environment.setattr("botocore.endpoint.time.sleep", lambda _: None)  # between tries
    made = S3()
    objects.client().meta.events.register("before-send.s3", made)
    return made


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    monkeypatch.setattr(objects, "BUCKETS", [])  # it is no bucket of the project's
    return Bucket("images")


def get(bucket: Bucket) -> object:
    return bucket.get("key", IN_LAMBDA)


def put(bucket: Bucket) -> object:
    bucket.put("key", b"data", "image/png", IN_LAMBDA)
    return None


def look(bucket: Bucket) -> object:
    return bucket.put_at("key", IN_LAMBDA)


each_way = pytest.mark.parametrize("do", [get, put, look])


def told(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, str]]:
    read = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [(line["level"], line["event"], line["reason"]) for line in read]


def failure(do: Callable[[Bucket], object], bucket: Bucket, after: int = 1) -> Unavailable:
    with pytest.raises(Unavailable) as raised:
        do(bucket)
    assert raised.value.status == 503
    assert raised.value.headers["Retry-After"] == str(after)
    return raised.value


def test_what_was_put_is_what_is_got(s3: S3, bucket: Bucket) -> None:
    s3.answering(says(200, b"data", Content_Length="4", Content_Type="image/png"))
    assert get(bucket) == (b"data", "image/png")
    s3.answering(says(200))
    put(bucket)
    assert [request.method for request in s3.asked] == ["GET", "PUT"]
    assert s3.asked[1].headers["Content-Type"] in ("image/png", b"image/png")


def test_when_it_was_put(s3: S3, bucket: Bucket) -> None:
    s3.answering(says(200, Last_Modified="Thu, 05 Nov 2026 08:00:00 GMT"))
    assert str(look(bucket)) == "2026-11-05 08:00:00+00:00"


def test_what_is_not_there(s3: S3, bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    s3.answering(refusal(404, "NoSuchKey"))
    with pytest.raises(NotFound):
        get(bucket)
    assert look(bucket) is None
    assert told(capsys) == []


@each_way
def test_refused(
    do: Callable[[Bucket], object],
    s3: S3,
    bucket: Bucket,
    capsys: pytest.CaptureFixture[str],
) -> None:
    s3.answering(refusal(403, "AccessDenied"))
    assert failure(do, bucket, 300).code == "unavailable"
    reason = "403" if do is look else "AccessDenied"
    assert told(capsys) == [("ERROR", "storage_refused", reason)]
    assert len(s3.asked) == 1


def test_a_bucket_that_is_not_there_is_no_object_that_is_not(
    s3: S3, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    s3.answering(refusal(404, "NoSuchBucket"))
    assert failure(get, bucket, 300).code == "unavailable"
    assert failure(put, bucket, 300).code == "unavailable"
    assert failure(lambda one: one.check(IN_LAMBDA), bucket, 300).code == "unavailable"
    reasons = ("NoSuchBucket", "NoSuchBucket", "404")
    assert told(capsys) == [("ERROR", "storage_refused", reason) for reason in reasons]


def test_what_is_no_answer_of_s3(
    s3: S3, bucket: Bucket, capsys: pytest.CaptureFixture[str]
) -> None:
    s3.answering(says(200, b"data"))
    assert get(bucket) == (b"data", "application/octet-stream")
    s3.answering(says(200))
    assert look(bucket) is not None
    s3.answering(says(200, Last_Modified="soon"))
    assert failure(look, bucket).code == "unavailable"
    assert told(capsys) == [("WARNING", "storage_away", "ValueError")]


@each_way
def test_busy(
    do: Callable[[Bucket], object],
    s3: S3,
    bucket: Bucket,
    capsys: pytest.CaptureFixture[str],
) -> None:
    s3.answering(refusal(503, "SlowDown"))
    assert failure(do, bucket).code == "throttled"
    assert told(capsys) == []
    assert len(s3.asked) == 2, "once again, and no more"


@each_way
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refusal(500, "InternalError"), "InternalError"),
        (fails(ConnectTimeoutError(endpoint_url="")), "ConnectTimeoutError"),
        (fails(ReadTimeoutError(endpoint_url="")), "ReadTimeoutError"),
        (fails(EndpointConnectionError(endpoint_url="")), "EndpointConnectionError"),
    ],
    ids=["500", "connect", "read", "nobody"],
)
def test_away(
    do: Callable[[Bucket], object],
    answer: Answer,
    reason: str,
    s3: S3,
    bucket: Bucket,
    capsys: pytest.CaptureFixture[str],
) -> None:
    s3.answering(answer)
    assert failure(do, bucket).code == "unavailable"
    said = "500" if do is look and reason == "InternalError" else reason
    assert told(capsys) == [("WARNING", "storage_away", said)]
    assert len(s3.asked) == 2, "once again, and no more"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (None, "IncompleteReadError"),
        (ProtocolError("cut"), "ResponseStreamingError"),
        (SlowBody(None, "", "slow"), "ReadTimeoutError"),  # type: ignore[arg-type]  # no pool
    ],
    ids=["short", "cut", "slow"],
)
def test_an_object_of_which_only_a_part_comes(
    broken: Exception | None,
    reason: str,
    s3: S3,
    bucket: Bucket,
    capsys: pytest.CaptureFixture[str],
) -> None:
    s3.answering(says(200, b"da", broken, Content_Length="4", Content_Type="image/png"))
    assert failure(get, bucket).code == "unavailable"
    assert told(capsys) == [("WARNING", "storage_away", reason)]


def test_in_lambda_the_bucket_must_be_of_its_account(s3: S3, bucket: Bucket) -> None:
    s3.answering(says(200, b"data", Content_Length="4", Content_Type="image/png"))
    get(bucket)
    s3.answering(says(200))
    put(bucket)
    s3.answering(says(200, Last_Modified="Thu, 05 Nov 2026 08:00:00 GMT"))
    look(bucket)
    owners = [of.decode() if isinstance(of, bytes) else of for of in s3.owners]
    assert owners == [ACCOUNT] * 3
    assert {*s3.addresses} == {f"https://{OWN}.s3.eu-central-1.amazonaws.com/key"}


def test_without_an_account_it_says_what_to_set(s3: S3, bucket: Bucket) -> None:
    with pytest.raises(SettingError, match=r"^set BUCKET_IMAGES: outside of Lambda, the account"):
        bucket.put_at("key", Call())
    assert s3.asked == []


def test_the_bucket_that_is_set_may_be_anybodys(
    environment: pytest.MonkeyPatch, s3: S3, bucket: Bucket
) -> None:
    environment.setenv("BUCKET_IMAGES", "elsewhere")
    settings.reset()
    for call in (IN_LAMBDA, Call()):
        bucket.put("key", b"", "image/png", call)
    assert s3.owners == [None, None]
    assert {*s3.addresses} == {"https://elsewhere.s3.eu-central-1.amazonaws.com/key"}


def test_a_local_bucket_has_no_account_in_its_name(
    environment: pytest.MonkeyPatch, s3: S3, bucket: Bucket
) -> None:
    environment.setenv("STAGE", "local")
    settings.reset()
    bucket.put("key", b"", "image/png", Call())
    assert s3.owners == [None]
    assert s3.addresses == ["https://shop-local-images.s3.eu-central-1.amazonaws.com/key"]


def test_a_link_ends(s3: S3, bucket: Bucket) -> None:
    link = bucket.link("key", 300, IN_LAMBDA)
    assert link.startswith(f"https://{OWN}.s3.eu-central-1.amazonaws.com/key?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256&" in link
    assert "&X-Amz-Expires=300&" in link
    assert s3.asked == [], "nobody was asked for it"
