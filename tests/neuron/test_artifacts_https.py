"""Artifacts over https: a certificate of the name, the address that was checked, no further."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from taokit.neuron.artifacts import FetchRules, digest_of, fetch, fetching
from taokit.neuron.errors import ArtifactError

HOST = "artifacts.example"
DATA = b"an artifact"
DIGEST = digest_of(DATA)


class Authority:
    """A certificate authority of its own, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority")])
        self.file = str(folder / "ca.pem")
        made = self._made(self._name, self._key.public_key(), authority=True)
        Path(self.file).write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def server(self, host: str) -> ssl.SSLContext:
        """What a server of that name needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        path = self._folder / f"{host}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + self._made(name, key.public_key(), host).public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _made(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePublicKey,
        host: str = "",
        *,
        authority: bool = False,
    ) -> x509.Certificate:
        today = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - day)
            .not_valid_after(today + day)
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
        )
        if host:
            names = x509.SubjectAlternativeName([x509.DNSName(host)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def rules(authority: Authority) -> FetchRules:
    return FetchRules(max_bytes=100_000, allow_private=True, ca_file=authority.file)


class Web:
    """A server's port, the names it was greeted with, and the requests it read."""

    def __init__(self) -> None:
        self.port = 0
        self.greeted: list[str | None] = []
        self.requests: list[bytes] = []


@asynccontextmanager
async def web(context: ssl.SSLContext, page: Callable[[str], bytes]) -> AsyncIterator[Web]:
    """A server with TLS on loopback whose whole answers ``page`` writes, by path."""
    made = Web()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            made.requests.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(page(made.requests[-1].split()[1].decode()))
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    context.sni_callback = lambda _, name, __: made.greeted.append(name)  # type: ignore[assignment]
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


async def here(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def body(data: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data) + data


def to(url: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n".encode()


async def test_the_name_is_greeted_and_certified_and_only_the_address_is_connected_to(
    authority: Authority, rules: FetchRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is asked for once; whatever it says afterwards (rebinding), nobody asks again."""
    asked: list[str] = []

    async def once(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.66"]

    connected: list[str] = []
    original = socket.getaddrinfo

    def looked_up(host: str, *rest: object, **more: object) -> object:
        connected.append(host)
        return original(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    async with web(authority.server(HOST), lambda path: body(DATA)) as served:
        url = f"https://{HOST}:{served.port}/a"
        assert await fetch(url, DIGEST, rules, resolve=once) == DATA
        assert served.greeted == [HOST]
        assert f"Host: {HOST}:{served.port}".encode() in served.requests[0]
    assert asked == [HOST]
    assert HOST not in connected


async def test_a_certificate_of_nobody_or_of_another_name_is_refused_before_anything_is_asked(
    authority: Authority, rules: FetchRules
) -> None:
    public = FetchRules(allow_private=True)
    async with web(authority.server(HOST), lambda path: body(DATA)) as served:
        with pytest.raises(ArtifactError, match=r"(?i)certificate"):
            await fetch(f"https://{HOST}:{served.port}/", DIGEST, public, resolve=here)
        with pytest.raises(ArtifactError, match=r"(?i)certificate"):
            await fetch(f"https://other.example:{served.port}/", DIGEST, rules, resolve=here)
        with pytest.raises(ArtifactError, match=r"(?i)certificate"):
            await fetch(f"https://127.0.0.1:{served.port}/", DIGEST, rules)
        assert served.requests == []


async def test_an_address_that_takes_no_connection_is_followed_by_the_next(
    authority: Authority, rules: FetchRules
) -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async with web(authority.server(HOST), lambda path: body(DATA)) as served:
        url = f"https://{HOST}:{served.port}/"
        assert await fetch(url, DIGEST, rules, resolve=two) == DATA


async def test_redirects_stay_encrypted_public_and_few(
    authority: Authority, rules: FetchRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = {HOST: "127.0.0.1", "inside.example": "10.0.0.1"}
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return [addresses[host]]

    pages = {"/a": body(DATA), "/near": to("/a"), "/plain": to(f"http://{HOST}/a")}
    pages |= {"/inside": to("https://inside.example/a"), "/loop": to("/loop")}
    # Loopback stands for the internet here, so that the first step is allowed.
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")
    strict = FetchRules(ca_file=rules.ca_file, redirects=2)
    async with web(authority.server(HOST), pages.__getitem__) as served:
        base = f"https://{HOST}:{served.port}"
        assert await fetch(f"{base}/near", DIGEST, strict, resolve=resolve) == DATA
        asked.clear()
        for path, said in (
            ("/plain", "leads from https to http"),
            ("/inside", r"10\.0\.0\.1, which is not a public"),
            ("/loop", "more than 2 redirects"),
        ):
            with pytest.raises(ArtifactError, match=said):
                await fetch(base + path, DIGEST, strict, resolve=resolve)
    # Looked up at every step, and so checked: once, twice (the other name), three times.
    assert asked == [HOST, HOST, "inside.example", HOST, HOST, HOST]


async def test_what_is_too_long_or_another_is_refused_and_the_rest_is_not_read(
    authority: Authority, rules: FetchRules
) -> None:
    pages = {"/other": body(b"something else"), "/long": body(bytes(40_000_000))}
    async with web(authority.server(HOST), pages.__getitem__) as served:
        base = f"https://{HOST}:{served.port}"
        with pytest.raises(ArtifactError, match="not what was committed"):
            await fetch(f"{base}/other", DIGEST, rules, resolve=here)
        with pytest.raises(ArtifactError, match="more than 100000 bytes"):
            await fetch(f"{base}/long", DIGEST, rules, resolve=here)
