"""What CloudFormation reads from S3: the zips and the template, each under the hash of its content.

The bucket is the account's own and is made when it is missing: <app>-artifacts-<account>-<region>.
Each stage has its own folder there: who may deploy dev alone must not put code into prod's.
"""

from __future__ import annotations

import hashlib
from typing import Any

from botocore.exceptions import ClientError

from tools.aws import Account
from tools.deploy import checks
from tools.lines import Show
from tools.refusals import Refusal
from tools.stages import Stage

PART = 8 * 1024 * 1024  # bytes; S3 takes no parts under 5 MB but the last
FOREIGN = {"403", "AccessDenied", "BucketAlreadyExists", "OperationAborted"}


class Artifacts:
    """The bucket of an app in an account; it is there when this has been made. Raises Refusal."""

    def __init__(self, stage: Stage, account: Account, show: Show) -> None:
        name = f"{stage.app}-artifacts-{account.number}-{account.region}".lower()
        self.bucket = checks.fits(name, checks.BUCKET_NAME, "The bucket for what is deployed")
        self._client, self._show, self._folder = account.client("s3"), show, stage.name
        # Whoever guesses the name may have taken it: nothing is read from or given to others.
        self._where = {"Bucket": self.bucket, "ExpectedBucketOwner": account.number}
        try:
            self._client.head_bucket(**self._where)
        except ClientError as error:
            if _code(error) not in {"404", "NoSuchBucket"}:
                raise self._refused(error) from error
            self._make(account)

    def put(self, what: str, data: bytes, suffix: str) -> str:
        """Upload it, unless it is there; gives its key. `what` is for the line about it."""
        key = f"{self._folder}/{hashlib.sha256(data).hexdigest()}{suffix}"
        if self._has(key):
            return key
        self._show(f"  Uploading {what} ({len(data) / 1e6:.1f} MB) to {self.bucket}.")
        if len(data) <= PART:
            self._client.put_object(**self._where, Key=key, Body=data)
        else:
            self._put_in_parts(key, data)
        return key

    def s3(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def url(self, key: str) -> str:
        return f"{self._client.meta.endpoint_url}/{self.bucket}/{key}"

    def _has(self, key: str) -> bool:
        try:
            self._client.head_object(**self._where, Key=key)
        except ClientError as error:
            if _code(error) in {"404", "NoSuchKey"}:
                return False
            raise
        return True

    def _put_in_parts(self, key: str, data: bytes) -> None:
        at = self._where | {"Key": key}
        at |= {"UploadId": self._client.create_multipart_upload(**at)["UploadId"]}
        parts: list[dict[str, Any]] = []
        try:
            for start in range(0, len(data), PART):
                number, part = len(parts) + 1, data[start : start + PART]
                tag = self._client.upload_part(**at, PartNumber=number, Body=part)["ETag"]
                parts.append({"PartNumber": number, "ETag": tag})
                self._show(f"    {(start + len(part)) / len(data):.0%}")
            self._client.complete_multipart_upload(**at, MultipartUpload={"Parts": parts})
        except BaseException:  # Ctrl-C too: parts that belong to nothing are paid for
            self._client.abort_multipart_upload(**at)
            raise

    def _make(self, account: Account) -> None:
        self._show(f"  Making the bucket {self.bucket}.")
        place = {"LocationConstraint": account.region}
        # us-east-1 is S3's default, and must not be named.
        where = {} if account.region == "us-east-1" else {"CreateBucketConfiguration": place}
        try:
            self._client.create_bucket(Bucket=self.bucket, **where)
        except ClientError as error:
            raise self._refused(error) from error
        closed = (
            "BlockPublicAcls",
            "IgnorePublicAcls",
            "BlockPublicPolicy",
            "RestrictPublicBuckets",
        )
        self._client.put_public_access_block(
            **self._where, PublicAccessBlockConfiguration=dict.fromkeys(closed, True)
        )

    def _refused(self, error: ClientError) -> Exception:
        if _code(error) not in FOREIGN:
            return error
        return Refusal(
            f"The bucket {self.bucket} cannot be used: it belongs to another account, or these "
            "credentials may not use it. Grant them S3, or change app_name."
        )


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])
