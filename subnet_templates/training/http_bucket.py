"""A bucket behind HTTP: read by its address, with a cap on what comes.

Owns reading and the cap. Does not own who may write there, nor what the bytes are worth.
"""

from __future__ import annotations

import httpx

from taokit.neuron.errors import ArtifactError
from taokit.subnet_templates.training.bucket import checked

__all__ = ["MOST_BYTES", "HttpBucket"]

MOST_BYTES = 1 << 32
_CONNECT_S = 5.0


class HttpBucket:
    """What a gateway serves of a validator's bucket (``/v1/objects``), or any server of files.

    Its address comes from whoever runs this process; for an address that a stranger told there is
    ``uploads``. Checkpoints of a gateway need a ``key`` of an account with credit there.
    """

    def __init__(
        self, url: str, *, key: str = "", timeout: float = 30.0, most: int = MOST_BYTES
    ) -> None:
        self._url, self._most = url.rstrip("/"), most
        headers = {"authorization": f"Bearer {key}"} if key else {}
        patience = httpx.Timeout(timeout, connect=min(timeout, _CONNECT_S))
        self._client = httpx.Client(timeout=patience, headers=headers)

    def get(self, key: str) -> bytes | None:
        """See ``Bucket``. Raises ArtifactError when the other end fails."""
        try:
            with self._client.stream("GET", f"{self._url}/{checked(key)}") as answer:
                if answer.status_code == 404:
                    return None
                answer.raise_for_status()
                data = bytearray()
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > self._most:
                        raise ArtifactError(f"{key} is larger than {self._most} bytes")
                return bytes(data)
        except httpx.HTTPError as error:
            raise ArtifactError(f"{self._url}: {error}") from None

    def put(self, key: str, data: bytes) -> None:
        """Others' buckets are not for writing."""
        raise ArtifactError("a bucket behind HTTP is read only")

    def size(self, key: str) -> int | None:
        """Not known before it is fetched."""
        return None
