"""Objects in S3: a feature's bucket, with failures as the contract has them.

Only who calls a method imports botocore: it is no part of a cold start.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from . import log, settings
from .call import Call
from .problems import NotFound, Unavailable
from .settings import SettingError

CONNECT_SECONDS = 1
READ_SECONDS = 3
ATTEMPTS = 2  # each request may be sent again: an object is put whole, under its own key
UNTIL_MENDED = 300  # seconds after which it may be worth another try, where the owner must act
BUSY = {"SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "503", "429"}
MISSING = {"NoSuchKey", "404", "NotFound"}


class Bucket:
    """One bucket, `<app>-<stage>-<name>-<account>`: S3's names are one for the whole world."""

    def __init__(self, name: str) -> None:
        self.name = name
        BUCKETS.append(self)

    def put_at(self, key: str, call: Call) -> datetime | None:
        """When an object was put, None where there is none. Raises Unavailable."""
        try:
            answer = self._send(call, "head_object", Key=key)
        except NotFound:
            return None
        made: datetime = answer.get("LastModified") or datetime.now(UTC)
        return made

    def check(self, call: Call) -> None:
        """Raise Unavailable where the bucket itself is not there, as `put_at` cannot tell."""
        self._send(call, "head_bucket")

    def get(self, key: str, call: Call) -> tuple[bytes, str]:
        """An object and its content type. Raises NotFound, Unavailable."""
        answer = self._send(call, "get_object", Key=key)
        return answer["Body"], answer.get("ContentType", "application/octet-stream")

    def put(self, key: str, data: bytes, kind: str, call: Call) -> None:
        """Keep an object, over one of the same key. Raises Unavailable."""
        self._send(call, "put_object", Key=key, Body=data, ContentType=kind)

    def link(self, key: str, seconds: int, call: Call) -> str:
        """A URL by which anybody may read an object for so long, or until our credentials end."""
        where = {"Bucket": self._place(call)["Bucket"], "Key": key}
        url: str = client().generate_presigned_url("get_object", Params=where, ExpiresIn=seconds)
        return url

    def _send(self, call: Call, operation: str, **parameters: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        where = self._place(call)
        try:
            answer: dict[str, Any] = getattr(client(), operation)(**where, **parameters)
            if operation == "get_object":
                answer["Body"] = answer["Body"].read()  # where it breaks off, it fails here
        except ClientError as error:
            raise _refused(error.response, operation) from None
        except (BotoCoreError, ValueError) as error:  # the second: what is none of S3's answers
            raise _away(type(error).__name__) from None
        return answer

    def _place(self, call: Call) -> dict[str, str]:
        """The bucket, and whose it must be. Raises SettingError."""
        configured = settings.current()
        if name := configured.buckets.get(self.name):
            return {"Bucket": name}
        start = f"{configured.app_name}-{configured.stage}-{self.name}"
        if configured.local:
            return {"Bucket": start}
        if not (account := call.function.split(":")[4:5]):
            setting = f"BUCKET_{self.name.upper().replace('-', '_')}"
            raise SettingError(f"set {setting}: outside of Lambda, the account is not known")
        return {"Bucket": f"{start}-{account[0]}", "ExpectedBucketOwner": account[0]}


BUCKETS: list[Bucket] = []  # of all modules that were imported, in that order


@cache
def client() -> Any:
    """The S3 client of this process; the standard AWS variables set it up."""
    from botocore.config import Config
    from botocore.session import get_session

    own = any(os.environ.get(f"AWS_ENDPOINT_URL{of}") for of in ("", "_S3"))
    return get_session().create_client(
        "s3",
        region_name=os.environ.get("AWS_REGION"),  # which botocore alone does not read
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": ATTEMPTS},
            signature_version="s3v4",  # links of the older one work in few regions
            request_checksum_calculation="when_required",
            s3={"addressing_style": "path" if own else "virtual"},
        ),
    )


def reset() -> None:
    """Drop the client: the next request makes one from the environment as it then is."""
    client.cache_clear()


def _refused(answer: Any, operation: str) -> Exception:
    code, status = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
    if code in MISSING and operation != "head_bucket":
        return NotFound()
    if code in BUSY:
        return Unavailable("throttled", "The storage is busy; try again shortly.")
    if status >= 500:
        return _away(code)
    log.error("storage_refused", reason=code, hint="check region, credentials, grants and bucket")
    text = "The API cannot reach its storage; the owner must look."
    return Unavailable("unavailable", text, after=UNTIL_MENDED)


def _away(reason: str) -> Unavailable:
    log.warning("storage_away", reason=reason)
    return Unavailable("unavailable", "The storage does not answer; try again shortly.")
