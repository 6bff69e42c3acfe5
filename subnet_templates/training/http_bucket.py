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
        self._timeout = httpx.Timeout(timeout, connect=min(timeout, _CONNECT_S))
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    def get(self, key: str) -> bytes | None:
        """See ``Bucket``. Raises ArtifactError when the other end fails."""
        return _read(self._url, checked(key), self._headers, self._timeout, self._most)

    def put(self, key: str, data: bytes) -> None:
        """Others' buckets are not for writing."""
        raise ArtifactError("a bucket behind HTTP is read only")

    def size(self, key: str) -> int | None:
        """Not known before it is fetched."""
        return None


def _read(
    url: str, key: str, headers: dict[str, str], timeout: httpx.Timeout, most: int
) -> bytes | None:
    try:
        with httpx.stream("GET", f"{url}/{key}", timeout=timeout, headers=headers) as answer:
            if answer.status_code == 404:
                return None
            answer.raise_for_status()
            data = bytearray()
            for piece in answer.iter_bytes():
                data += piece
                if len(data) > most:
                    raise ArtifactError(f"{key} is larger than {most} bytes")
            return bytes(data)
    except httpx.HTTPError as error:
        raise ArtifactError(f"{url}: {error}") from None
