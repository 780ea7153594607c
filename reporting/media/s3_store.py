"""The media store in a bucket of an S3-compatible service."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from reporting.media.storage import MediaMissing, MediaStoreUnavailable

_CONFIG: Final = Config(connect_timeout=10, read_timeout=20, retries={"max_attempts": 3})
_MISSING: Final = frozenset({"NoSuchKey", "404"})


def open_bucket(bucket: str, prefix: str) -> "S3Store":
    """Make the store of a bucket. Does not connect yet."""
    return S3Store(boto3.session.Session(), bucket, prefix)


class S3Store:
    """Objects of a bucket. Endpoint and credentials come from the environment, as in every AWS tool."""

    def __init__(self, session: Any, bucket: str, prefix: str) -> None:
        self._session = session
        self._client: Any = None
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    def put(self, key: str, data: bytes) -> None:
        """Write one object. No ACL is given, so only the bucket's policy decides who can read it."""
        self._call("put_object", Key=self._prefix + key, Body=data, ContentType="application/octet-stream")

    def open(self, key: str) -> bytes:
        """Read the object. Raises MediaMissing, MediaStoreUnavailable."""
        answer = self._call("get_object", Key=self._prefix + key)
        try:
            data: bytes = answer["Body"].read()
        except (BotoCoreError, OSError) as error:
            raise MediaStoreUnavailable from error
        return data

    def delete(self, key: str) -> None:
        """Delete the object. Raises MediaStoreUnavailable."""
        self._call("delete_object", Key=self._prefix + key)

    def list_before(self, prefix: str, before: datetime) -> Iterator[str]:
        """List keys by the object's time of change, page by page."""
        start = f"{self._prefix}{prefix}/"
        options: dict[str, Any] = {"Prefix": start}
        while True:
            page = self._call("list_objects_v2", **options)
            for found in page.get("Contents", ()):
                if found["LastModified"] < before:
                    yield found["Key"].removeprefix(self._prefix)
            if not page.get("IsTruncated"):
                return
            options["ContinuationToken"] = page["NextContinuationToken"]

    def _call(self, operation: str, **options: Any) -> Any:
        try:
            if self._client is None:  # created on first use, because it takes a quarter of a second
                self._client = self._session.client("s3", config=_CONFIG)
            return getattr(self._client, operation)(Bucket=self._bucket, **options)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _MISSING:
                raise MediaMissing from None
            raise MediaStoreUnavailable from error
        except (BotoCoreError, ValueError) as error:
            raise MediaStoreUnavailable from error
