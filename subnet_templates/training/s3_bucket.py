"""A bucket of objects as S3 has it (AWS, R2, MinIO): read and written by signed requests.

Owns the requests and their signature (AWS's version 4, in one piece). Who writes needs the key; who
reads needs none where the bucket is public, and then takes ``http_bucket`` or ``uploads``.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from urllib.parse import quote, urlsplit

import httpx

from taokit.neuron.errors import ArtifactError, ConfigError
from taokit.subnet_templates.training.bucket import checked
from taokit.subnet_templates.training.http_bucket import MOST_BYTES

__all__ = ["Credentials", "S3Bucket", "authorization"]


class Credentials:
    """An access key, and where it is valid."""

    def __init__(self, access: str, secret: str, region: str = "auto") -> None:
        self.access, self.secret, self.region = access, secret, region


def authorization(
    method: str,
    url: str,
    headers: Mapping[str, str],
    payload_hash: str,
    credentials: Credentials,
) -> str:
    """The ``Authorization`` of a request; ``headers`` are all that are signed, ``x-amz-date`` among
    them.
    """
    parts = urlsplit(url)
    named = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    signed = ";".join(sorted(named))
    request = "\n".join(
        [
            method,
            quote(parts.path or "/", safe="/~%"),
            parts.query,
            *(f"{name}:{named[name]}" for name in sorted(named)),
            "",
            signed,
            payload_hash,
        ]
    )
    stamp = named["x-amz-date"]
    scope = f"{stamp[:8]}/{credentials.region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, _sha256(request.encode())])
    key = b"AWS4" + credentials.secret.encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return (
        f"AWS4-HMAC-SHA256 Credential={credentials.access}/{scope}, "
        f"SignedHeaders={signed}, Signature={signature}"
    )


class S3Bucket:
    """A bucket at ``url`` (``https://host/bucket``, and maybe a prefix)."""

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        *,
        timeout: float = 300.0,
        most: int = MOST_BYTES,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        self._url, self._credentials = url.rstrip("/"), credentials
        self._timeout, self._most, self._now = timeout, most, now

    @classmethod
    def of_environment(cls, url: str) -> S3Bucket:
        """With AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION. Raises ConfigError."""
        access = os.environ.get("AWS_ACCESS_KEY_ID", "")
        secret = os.environ.get("AWS_SECRET_ACCESS_KEY", "")
        if not access or not secret:
            raise ConfigError(
                f"{url} needs a key to be written to",
                hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            )
        return cls(url, Credentials(access, secret, os.environ.get("AWS_REGION", "auto")))

    def get(self, key: str) -> bytes | None:
        """See ``Bucket``. Raises ArtifactError."""
        status, _, body = self._send("GET", key)
        return None if status == 404 else body

    def put(self, key: str, data: bytes) -> None:
        """See ``Bucket``. Raises ArtifactError."""
        self._send("PUT", key, data)

    def size(self, key: str) -> int | None:
        """See ``Bucket``. Raises ArtifactError."""
        status, headers, _ = self._send("HEAD", key)
        length = headers.get("content-length", "")
        return int(length) if status != 404 and length.isdigit() else None

    def _send(
        self, method: str, key: str, data: bytes = b""
    ) -> tuple[int, Mapping[str, str], bytes]:
        url, digest = f"{self._url}/{checked(key)}", _sha256(data)
        headers = {
            "host": urlsplit(url).netloc,
            "x-amz-content-sha256": digest,
            "x-amz-date": self._now().strftime("%Y%m%dT%H%M%SZ"),
        }
        headers["authorization"] = authorization(method, url, headers, digest, self._credentials)
        try:
            with (
                httpx.Client(timeout=self._timeout) as client,
                client.stream(method, url, headers=headers, content=data or None) as answer,
            ):
                if answer.status_code != 404 or method == "PUT":
                    answer.raise_for_status()
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > self._most:
                        raise ArtifactError(f"{key} is larger than {self._most} bytes")
        except httpx.HTTPError as error:
            raise ArtifactError(f"{self._url}: {error}") from None
        return answer.status_code, answer.headers, bytes(body)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
