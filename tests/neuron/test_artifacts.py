"""Bundles of strangers, the store that keeps them, and a fetch that is not led astray."""

from __future__ import annotations

import asyncio
import io
import os
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as some

from taokit.neuron.artifacts import (
    ArtifactStore,
    Caps,
    FetchRules,
    bundle,
    contents,
    digest_of,
    fetch,
    opens,
    seal,
    unpack,
)
from taokit.neuron.artifacts.bundles import pack
from taokit.neuron.artifacts.fetching import Fetcher, is_public
from taokit.neuron.errors import ArtifactError
from taokit.neuron.loops.submissions import Claim
from taokit.neuron.messages import Submission
from taokit.neuron.store import Store

ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"
LOCAL = FetchRules(allow_private=True, timeout_s=20)


# -- bundles --------------------------------------------------------------------------------------


def agent(folder: Path) -> Path:
    (folder / "pkg").mkdir(parents=True)
    (folder / "entry.py").write_text("print('hi')\n")
    (folder / "pkg" / "deep.py").write_bytes(b"x" * 2000)
    (folder / "empty").write_bytes(b"")
    return folder


def test_a_bundle_comes_back_as_it_was(tmp_path: Path) -> None:
    digest, data = bundle(agent(tmp_path / "a"))
    assert digest == digest_of(data)
    target = unpack(data, tmp_path / "out" / "b")
    assert (target / "pkg" / "deep.py").read_bytes() == b"x" * 2000
    assert bundle(target) == (digest, data)


def test_times_owners_order_and_caches_do_not_change_a_bundle(tmp_path: Path) -> None:
    one, other = agent(tmp_path / "a"), agent(tmp_path / "b")
    os.utime(other / "entry.py", (1, 1))
    (other / "entry.py").chmod(0o700)
    (other / "__pycache__").mkdir()
    (other / "__pycache__" / "entry.pyc").write_bytes(b"!")
    assert bundle(one) == bundle(other)


def test_another_tool_reads_a_bundle(tmp_path: Path) -> None:
    name = "/".join(["a-long-folder-name"] * 6 + ["deep-ä.py"])
    raw = zstandard.ZstdDecompressor().decompressobj().decompress(pack({name: b"1", "b": b"2"}))
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        assert tar.getnames() == [name, "b"]
        assert all(one.isreg() and one.mtime == 0 and one.uid == 0 for one in tar)


def test_a_link_or_a_pipe_in_a_folder_is_refused(tmp_path: Path) -> None:
    folder = agent(tmp_path / "a")
    (folder / "link").symlink_to("/etc/passwd")
    with pytest.raises(ArtifactError, match="link is not a plain file"):
        bundle(folder)
    (folder / "link").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(ArtifactError, match="pipe is not a plain file"):
        bundle(folder)


def archive(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form) as tar:
        for info, body in members:
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return zstandard.ZstdCompressor().compress(raw.getvalue())


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


@pytest.mark.parametrize(
    "name",
    ["/etc/cron.d/x", "../x", "a/../../x", "a//b", "./x", "a\\..\\x", "C:x", "a\nb", "a/.", "x. "],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="not a name"):
        unpack(archive((member(name), b"!")), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE],
)
def test_links_and_devices_in_an_archive_are_refused(kind: bytes, tmp_path: Path) -> None:
    data = archive((member("evil", kind, "/etc/passwd"), b""), (member("evil/x"), b"!"))
    with pytest.raises(ArtifactError, match="not a plain file"):
        unpack(data, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_extended_headers_files_below_files_and_doubles_are_refused() -> None:
    long = member("n" * 300)
    for data, said in (
        (archive((long, b"!"), form=tarfile.PAX_FORMAT), "not a plain file"),
        (archive((long, b"!"), form=tarfile.GNU_FORMAT), "not a plain file|not ustar"),
        (archive((member("a"), b"1"), (member("a"), b"2")), "twice"),
        (archive((member("a"), b"1"), (member("a/b"), b"2")), "below a file"),
    ):
        with pytest.raises(ArtifactError, match=said):
            contents(data)


def test_a_bomb_is_left_before_it_is_unpacked() -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(200 << 20))
    assert len(bomb) < 64 << 10
    with pytest.raises(ArtifactError, match="unpacks to more"):
        contents(bomb, Caps(unpacked=1 << 20))


def test_the_caps_hold() -> None:
    files = {f"f{index}": b"x" for index in range(20)}
    for caps in (Caps(files=19), Caps(unpacked=19), Caps(name=2), Caps(packed=10)):
        with pytest.raises(ArtifactError):
            contents(pack(files), caps)
        with pytest.raises(ArtifactError):
            pack(files, caps)
    assert contents(pack(files), Caps(files=20, unpacked=20, name=3)) == files


def test_what_is_cut_short_or_goes_on_is_refused() -> None:
    raw = zstandard.ZstdDecompressor().decompressobj().decompress(pack({"a": b"x" * 600}))
    for odd in (raw[:700], raw[:-1024], raw + b"more", b"", raw[:100] + b"!" + raw[101:]):
        with pytest.raises(ArtifactError):
            contents(zstandard.ZstdCompressor().compress(odd))
    with pytest.raises(ArtifactError):
        contents(b"not zstd at all")


@settings(max_examples=150, deadline=None)
@given(some.data())
def test_damage_anywhere_is_an_artifact_error_or_other_files(data: some.DataObject) -> None:
    files = {"entry.py": b"print(1)", "d/x": bytes(700)}
    raw = bytearray(zstandard.ZstdDecompressor().decompressobj().decompress(pack(files)))
    for _ in range(data.draw(some.integers(1, 4))):
        raw[data.draw(some.integers(0, len(raw) - 1))] = data.draw(some.integers(0, 255))
    try:
        found = contents(zstandard.ZstdCompressor().compress(bytes(raw)))
    except ArtifactError:
        return
    assert all(not name.startswith("/") and ".." not in name.split("/") for name in found)


@settings(max_examples=20, deadline=None)
@given(
    some.dictionaries(
        some.from_regex(r"[a-z]{1,8}(_/[a-z]{1,8}){0,3}", fullmatch=True),
        some.binary(max_size=700),
        max_size=6,
    )
)
def test_any_files_come_back(files: dict[str, bytes]) -> None:
    assert contents(pack(files)) == files


# -- the store ------------------------------------------------------------------------------------


def test_the_store_knows_what_it_kept_after_a_restart(tmp_path: Path) -> None:
    with Store(tmp_path / "s.sqlite") as records:
        digest = ArtifactStore(tmp_path / "a", records).put(b"one", source="http://x", block=7)
    with Store(tmp_path / "s.sqlite") as records:
        store = ArtifactStore(tmp_path / "a", records)
        assert store.get(digest) == b"one"
        about = store.about(digest)
        assert about is not None
        assert (about.source, about.block, about.size) == ("http://x", 7, 3)
    with Store(":memory:") as records:  # the table was lost: the files are the truth
        again = ArtifactStore(tmp_path / "a", records)
        assert list(again) == [digest]
        assert again.size == 3


def test_changed_bytes_are_never_handed_out(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path, Store(":memory:"))
    digest = store.put(b"honest")
    path = tmp_path / digest[:2] / digest
    path.write_bytes(b"forged")
    with pytest.raises(ArtifactError, match="damaged"):
        store.get(digest)
    assert digest not in store
    assert store.put(b"honest") == digest
    path.unlink()
    path.symlink_to("/etc/hostname")
    with pytest.raises(ArtifactError, match="no artifact"):
        store.get(digest)


def test_the_least_recently_used_goes_and_the_pinned_stay(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path, Store(":memory:"), max_bytes=30)
    one, two, three = (store.put(bytes([index]) * 10) for index in range(3))
    store.pin(one)
    store.get(two)
    four = store.put(b"4" * 10)
    assert three not in store
    assert {one, two, four} == set(store)
    assert store.size == 30
    with pytest.raises(ArtifactError, match="no room"):
        store.put(b"5" * 21)
    assert {one, two, four} == set(store)
    assert len(list(tmp_path.glob("??/*"))) == 3


def test_a_digest_is_not_a_path(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path / "a", Store(":memory:"))
    for odd in ("../../etc/passwd", "", "A" * 64, "0" * 63 + "/"):
        with pytest.raises(ArtifactError):
            store.get(odd)


# -- fetching -------------------------------------------------------------------------------------

Page = Callable[[str], bytes]


@asynccontextmanager
async def web(page: Page) -> AsyncIterator[int]:
    """A server on loopback whose whole answers ``page`` writes, by path."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(page(head.split()[1].decode()))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def body(data: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data


def to(url: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode()


async def test_bytes_with_the_right_hash_are_fetched_and_others_are_not() -> None:
    pages = {"/a": body(b"right"), "/r": to("/a"), "/loop": to("/loop"), "/no": to("ftp://x/y")}
    pages |= {"/f": to("file:///etc/passwd"), "/404": b"HTTP/1.1 404 No\r\n\r\n"}
    async with web(pages.__getitem__) as port:
        base, digest = f"http://127.0.0.1:{port}", digest_of(b"right")
        assert await fetch(f"{base}/a", digest, LOCAL) == b"right"
        assert await fetch(f"{base}/r", digest, LOCAL) == b"right"
        with pytest.raises(ArtifactError, match="not what was committed"):
            await fetch(f"{base}/a", digest_of(b"wrong"), LOCAL)
        for path, said in (
            ("/loop", "redirects"),
            ("/no", "not ftp"),
            ("/f", "leads from http to file"),
            ("/404", "404"),
        ):
            with pytest.raises(ArtifactError, match=said):
                await fetch(base + path, digest, LOCAL)


async def test_nothing_that_is_not_public_is_asked() -> None:
    asked: list[str] = []
    async with web(lambda path: asked.append(path) or body(b"")) as port:
        for host in ("127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "0.0.0.0"):
            with pytest.raises(ArtifactError, match=r"public|looked up"):
                await fetch(f"http://{host}:{port}/", digest_of(b""))
    assert asked == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "::", "fe80::1%eth0", "nonsense",
    ],
)  # fmt: skip
def test_no_private_address_passes_for_a_public_one(address: str) -> None:
    assert not is_public(address)


def test_public_addresses_pass() -> None:
    assert is_public("1.1.1.1")
    assert is_public("2606:4700:4700::1111")


async def test_a_name_is_looked_up_once_and_the_answer_is_where_it_connects() -> None:
    answers = [["127.0.0.1"], ["127.0.0.9"]]  # the second answer is never asked for

    async def resolve(host: str, port: int) -> list[str]:
        assert host == "artifacts.example"
        return answers.pop(0)

    async with web(lambda path: body(path.encode())) as port:
        url = f"http://artifacts.example:{port}/x"
        assert await fetch(url, digest_of(b"/x"), LOCAL, resolve=resolve) == b"/x"
    assert len(answers) == 1


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["1.1.1.1", "10.0.0.1"]

    with pytest.raises(ArtifactError, match=r"10\.0\.0\.1"):
        await fetch("http://artifacts.example/", digest_of(b""), resolve=resolve)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://1.1.1.1/x", "not ftp"),
        ("file:///etc/passwd", "not allowed"),
        ("gopher://x", "not gopher"),
        ("http://", "not a URL"),
        ("http://1.1.1.1:99999/", "not a URL"),
        ("http://[::1/", "not a URL"),
        ("", "fetched by http"),
    ],
)
async def test_other_schemes_and_no_urls_are_refused(url: str, said: str) -> None:
    with pytest.raises(ArtifactError, match=said):
        await fetch(url, digest_of(b""))


async def test_a_stream_without_end_is_left_and_a_slow_one_too() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000
    silent = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"

    async def stall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(silent)
        await reader.read()
        writer.close()

    async with web(lambda path: endless) as port:
        with pytest.raises(ArtifactError, match="more than 1000"):
            rules = FetchRules(max_bytes=1000, allow_private=True)
            await fetch(f"http://127.0.0.1:{port}/", digest_of(b""), rules)
    server = await asyncio.start_server(stall, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ArtifactError, match="took more"):
            rules = FetchRules(timeout_s=0.2, allow_private=True)
            await fetch(f"http://127.0.0.1:{port}/", digest_of(b""), rules)


async def test_a_compressed_answer_is_not_inflated() -> None:
    import gzip

    packed = gzip.compress(bytes(10 << 20))
    page = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed
    async with web(lambda path: page) as port:
        url = f"http://127.0.0.1:{port}/"
        assert await fetch(url, digest_of(packed), LOCAL) == packed


async def test_an_arenas_claim_is_fetched_once_and_unpacked(tmp_path: Path) -> None:
    digest, data = bundle(agent(tmp_path / "agent"))
    (tmp_path / "served").write_bytes(data)
    store = ArtifactStore(tmp_path / "kept", Store(":memory:"))
    fetcher = Fetcher(store, tmp_path / "out", rules=FetchRules(allow_file=True))
    claim = Claim(ALICE, digest, (tmp_path / "served").as_uri(), 5)
    fetch_it: Callable[[Claim], Awaitable[Path]] = fetcher
    folder = await fetch_it(claim)
    assert (folder / "entry.py").read_text() == "print('hi')\n"
    (tmp_path / "served").unlink()
    assert await fetch_it(claim) == folder


# -- sealing --------------------------------------------------------------------------------------


def test_a_seal_opens_for_its_hotkey_its_bytes_and_its_salt_only() -> None:
    digest = digest_of(b"agent")
    made = seal(digest, ALICE)
    assert made.value != seal(digest, ALICE).value

    def says(hotkey: str, sha256: str, salt: str) -> bool:
        submission = Submission(
            hotkey=hotkey, sha256=sha256, kind="bundle", url="http://x", salt=salt
        )
        return opens(made.value, submission)

    assert says(ALICE, digest, made.salt)
    assert not says(BOB, digest, made.salt)
    assert not says(ALICE, digest_of(b"other"), made.salt)
    assert not says(ALICE, digest, "00" * 32)
    assert not says(ALICE, digest, "no hex")
