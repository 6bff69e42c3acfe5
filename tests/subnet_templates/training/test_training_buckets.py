"""Buckets over real HTTP on loopback: what is taken from one, and what is not."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from taokit.neuron.artifacts import FetchRules
from taokit.neuron.chain import Commitment
from taokit.neuron.errors import ArtifactError, ConfigError
from taokit.neuron.memory_chain import MemoryChain
from taokit.neuron.messages import Reason
from taokit.subnet_templates.training.bucket import FolderBucket, JoinedBucket, open_bucket
from taokit.subnet_templates.training.faults import Fault
from taokit.subnet_templates.training.http_bucket import HttpBucket
from taokit.subnet_templates.training.messages import Update, signed
from taokit.subnet_templates.training.s3_bucket import Credentials, S3Bucket, authorization
from taokit.subnet_templates.training.uploads import (
    address_in,
    announce,
    announcement,
    key_of,
    whole,
)
from taokit.wallet.devkeys import dev_key

EXAMPLE = Credentials(
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"
)
EMPTY = hashlib.sha256(b"").hexdigest()
PUBLIC_NOT = FetchRules(timeout_s=60.0)
PRIVATE_TOO = FetchRules(timeout_s=60.0, allow_private=True)
PAYLOAD = b"an update's bytes" * 10


class Served:
    """Files by path behind HTTP on this machine; with ``credentials``, only for signed requests."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        self.files: dict[str, bytes] = {}
        self.broken = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _may(self) -> bool:
                if credentials is None:
                    return True
                names = ("host", "x-amz-content-sha256", "x-amz-date")
                given = {name: self.headers[name] for name in names}
                url = f"http://{given['host']}{self.path}"
                wanted = authorization(
                    self.command, url, given, given["x-amz-content-sha256"], credentials
                )
                return self.headers["authorization"] == wanted

            def _say(self, status: int, body: bytes = b"") -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def do_GET(self) -> None:
                if outer.broken or not self._may():
                    return self._say(500 if outer.broken else 403)
                found = outer.files.get(self.path)
                return self._say(404) if found is None else self._say(200, found)

            do_HEAD = do_GET

            def do_PUT(self) -> None:
                data = self.rfile.read(int(self.headers["content-length"] or 0))
                told = self.headers["x-amz-content-sha256"]
                if not self._may() or hashlib.sha256(data).hexdigest() != told:
                    return self._say(403)
                outer.files[self.path] = data
                return self._say(200)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def served() -> Iterator[Served]:
    one = Served()
    yield one
    one.close()


@pytest.fixture
def s3() -> Iterator[Served]:
    one = Served(EXAMPLE)
    yield one
    one.close()


def test_what_is_behind_http_is_read_and_what_is_not_there_is_nothing(served: Served) -> None:
    served.files["/run/heads/a"] = b"head"
    bucket = HttpBucket(f"{served.url}/run/")
    assert bucket.get("heads/a") == b"head"
    assert bucket.get("heads/b") is None
    with pytest.raises(ArtifactError, match="read only"):
        bucket.put("heads/a", b"")


def test_more_than_the_cap_is_not_read_to_its_end(served: Served) -> None:
    served.files["/heads/a"] = bytes(1001)
    assert HttpBucket(served.url, most=1001).get("heads/a") == bytes(1001)
    with pytest.raises(ArtifactError, match="larger than 1000"):
        HttpBucket(served.url, most=1000).get("heads/a")


def test_a_server_that_fails_or_is_gone_is_an_error_and_not_an_empty_bucket(served: Served) -> None:
    served.broken = True
    with pytest.raises(ArtifactError, match="500"):
        HttpBucket(served.url).get("heads/a")
    served.close()
    with pytest.raises(ArtifactError):
        HttpBucket(served.url).get("heads/a")


# Updates from a miner's bucket


def update(payload: bytes) -> Update:
    made = Update(
        hotkey=dev_key("Alice").ss58_address,
        window=1,
        block=11,
        base="0" * 64,
        codec="topk",
        pages=(1,),
        tokens=1,
        probe="",
        loss=1.0,
        sha256=hashlib.sha256(payload).hexdigest(),
        payload="",
    )
    return signed(made, dev_key("Alice"))


def fetched(
    served: Served, payload: bytes, rules: FetchRules = PRIVATE_TOO, most: int = 10_000
) -> Any:
    told = {dev_key("Alice").ss58_address: Commitment(5, announcement(served.url))}
    return asyncio.run(whole(update(payload), told, most=most, rules=rules))


def test_a_large_update_is_fetched_by_its_hash_from_where_its_miner_committed(
    served: Served,
) -> None:
    served.files[f"/{key_of(hashlib.sha256(PAYLOAD).hexdigest())}"] = PAYLOAD
    found = fetched(served, PAYLOAD)
    assert found.data() == PAYLOAD
    assert found.is_signed()


def test_what_was_not_there_when_it_was_looked_for_is_missing(served: Served) -> None:
    with pytest.raises(Fault, match="404") as late:
        fetched(served, PAYLOAD)
    assert late.value.reason is Reason.MISSING


@pytest.mark.parametrize(
    ("left", "rules", "most", "why"),
    [
        (b"something else", PRIVATE_TOO, 10_000, "sha256 is another"),
        (PAYLOAD, PRIVATE_TOO, len(PAYLOAD) - 1, "more than 169 bytes"),
        (PAYLOAD, PUBLIC_NOT, 10_000, "not a public address"),
    ],
    ids=["wrong hash", "too large", "private"],
)
def test_what_is_not_to_be_taken_is_not(
    served: Served, left: bytes, rules: FetchRules, most: int, why: str
) -> None:
    served.files[f"/{key_of(hashlib.sha256(PAYLOAD).hexdigest())}"] = left
    with pytest.raises(Fault, match=why) as told:
        fetched(served, PAYLOAD, rules, most)
    assert told.value.reason is Reason.MISSING


def test_without_a_commitment_or_a_signature_nothing_is_fetched() -> None:
    with pytest.raises(Fault, match="no bucket is committed"):
        asyncio.run(whole(update(PAYLOAD), {}, most=1))
    forged = update(PAYLOAD).model_copy(update={"window": 2})
    assert asyncio.run(whole(forged, {}, most=1)) is forged


def test_an_address_is_committed_once_and_again_when_it_moves() -> None:
    async def moves() -> None:
        chain = MemoryChain()
        chain.join(dev_key("Alice").ss58_address)
        view = chain.view(dev_key("Alice"))
        sent = [await announce(view, url) for url in ("https://a", "https://a/", "https://b")]
        assert sent == [True, False, True]
        told = (await view.commitments())[view.hotkey]
        assert address_in(told.data) == "https://b"

    asyncio.run(moves())
    assert address_in(b"something else") is None
    for wrong in ("ftp://a", "https://" + "a" * 120):
        with pytest.raises(ConfigError):
            announcement(wrong)


# Objects as S3 has them


def test_requests_are_signed_as_the_makers_of_s3_show() -> None:
    stamp = {"x-amz-date": "20130524T000000Z", "x-amz-content-sha256": EMPTY}
    host = {"host": "examplebucket.s3.amazonaws.com"}
    url = "https://examplebucket.s3.amazonaws.com"
    got = authorization(
        "GET", f"{url}/test.txt", {**host, **stamp, "range": "bytes=0-9"}, EMPTY, EXAMPLE
    )
    assert got.endswith("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    text = hashlib.sha256(b"Welcome to Amazon S3.").hexdigest()
    headers = {
        **host,
        "date": "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-date": "20130524T000000Z",
        "x-amz-content-sha256": text,
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    }
    put = authorization("PUT", f"{url}/test$file.text", headers, text, EXAMPLE)
    assert put.endswith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")


def test_objects_are_put_and_got_by_whoever_has_the_key(s3: Served) -> None:
    then = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    bucket = S3Bucket(f"{s3.url}/bucket", EXAMPLE, now=lambda: then, most=1000)
    bucket.put("payloads/a", PAYLOAD)
    assert s3.files == {"/bucket/payloads/a": PAYLOAD}
    assert bucket.get("payloads/a") == PAYLOAD
    assert bucket.size("payloads/a") == len(PAYLOAD)
    assert bucket.get("payloads/b") is None
    assert bucket.size("payloads/b") is None
    other = S3Bucket(f"{s3.url}/bucket", Credentials("AK", "wrong"), now=lambda: then)
    with pytest.raises(ArtifactError, match="403"):
        other.put("payloads/a", b"")
    s3.files["/bucket/payloads/c"] = bytes(1001)
    with pytest.raises(ArtifactError, match="larger than"):
        bucket.get("payloads/c")


# Several as one


class Gone:
    def __init__(self) -> None:
        self.asked = 0

    def get(self, key: str) -> bytes | None:
        self.asked += 1
        raise ArtifactError("gone")

    put = size = get  # type: ignore[assignment]


def test_a_bucket_that_fails_is_left_alone_and_the_others_are_read(tmp_path: Path) -> None:
    now, gone = [0.0], Gone()
    own, other = FolderBucket(tmp_path / "own"), FolderBucket(tmp_path / "other")
    other.put("heads/b", b"theirs")
    joined = JoinedBucket(own, [gone, other], pause=60.0, clock=lambda: now[0])
    assert joined.get("heads/b") == b"theirs"
    joined.put("heads/b", b"ours")
    assert (joined.get("heads/b"), other.get("heads/b")) == (b"ours", b"theirs")
    assert joined.get("heads/c") is None
    assert gone.asked == 1
    now[0] = 60.0
    assert joined.get("heads/c") is None
    assert gone.asked == 2


def test_a_location_says_what_kind_of_bucket_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(open_bucket(str(tmp_path)), FolderBucket)
    assert isinstance(open_bucket("https://a.example/v1/objects"), HttpBucket)
    joined = open_bucket(f"{tmp_path}, https://a.example/v1/objects")
    assert isinstance(joined, JoinedBucket)
    assert isinstance(joined.own, FolderBucket)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(ConfigError, match="needs a key"):
        open_bucket("s3+https://s3.example/bucket")
    with pytest.raises(ConfigError):
        open_bucket(" , ")
