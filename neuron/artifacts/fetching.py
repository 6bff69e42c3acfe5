"""Fetching an artifact from where its author says, without being led anywhere else.

Owns the guard: a URL comes from a stranger, and this machine reaches places that strangers do not.
A name is looked up once per hop and the connection goes to an address that was checked; addresses
that are not public are refused unless allowed; redirects are followed by us, few, and never from
https to http or to another scheme; what comes is counted while it comes, and has to have the hash
that was committed to.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from taokit.neuron.artifacts.bundles import Caps, digest_of, unpack
from taokit.neuron.errors import ArtifactError

if TYPE_CHECKING:
    from taokit.neuron.artifacts.kept import ArtifactStore
    from taokit.neuron.loops.submissions import Claim

__all__ = ["FetchRules", "Fetcher", "Resolve", "fetch", "is_public", "resolve"]

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host, as text."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class FetchRules:
    """What may be fetched: at most ``max_bytes`` in ``timeout_s`` seconds altogether.

    ``allow_private`` lets it connect to addresses that are not public, ``allow_file`` lets it read
    ``file:`` URLs; both are for tests and local chains, since they let an author choose what this
    machine reads. ``ca_file`` holds the authorities to trust (PEM) in place of the public ones.
    """

    max_bytes: int = 8 << 20
    timeout_s: float = 60.0
    redirects: int = 3
    allow_private: bool = False
    allow_file: bool = False
    ca_file: str | None = None


async def fetch(
    url: str, digest: str, rules: FetchRules | None = None, *, resolve: Resolve | None = None
) -> bytes:
    """The bytes at ``url``, whose sha256 is ``digest``. Raises ArtifactError for anything else."""
    rules = rules or FetchRules()
    try:
        data = await asyncio.wait_for(_get(url, rules, resolve or _resolve), rules.timeout_s)
    except asyncio.TimeoutError as error:
        raise ArtifactError(f"{url} took more than {rules.timeout_s:g} s") from error
    if digest_of(data) != digest:
        raise ArtifactError(f"{url} is not what was committed to: its sha256 is another")
    return data


class Fetcher:
    """Brings an arena's artifacts here and unpacks them: what ``ArenaValidator`` calls ``fetch``.

    Each is unpacked once, to a folder of ``folder`` named by its digest.
    """

    def __init__(
        self,
        store: ArtifactStore,
        folder: str | Path,
        *,
        rules: FetchRules | None = None,
        caps: Caps | None = None,
    ) -> None:
        self._store = store
        self._folder = Path(folder)
        self._rules = rules or FetchRules()
        self._caps = caps

    async def __call__(self, claim: Claim) -> Path:
        """The folder of a claim's files. Raises ArtifactError."""
        target = self._folder / claim.digest
        if claim.digest not in self._store:
            data = await fetch(claim.url, claim.digest, self._rules)
            self._store.put(data, source=claim.url, block=claim.block)
        if not target.is_dir():
            unpack(self._store.get(claim.digest), target, self._caps)
        return target


def is_public(address: str) -> bool:
    """Whether an address is one that the whole internet reaches, however it is written."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
        if found in _NAT64 or any(one is not None for one in inner):
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved)


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by the system's resolver."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ArtifactError(f"{host} cannot be looked up: {error}") from error
    return list(dict.fromkeys(str(one[4][0]) for one in found))


_resolve = resolve


async def _get(url: str, rules: FetchRules, resolve: Resolve) -> bytes:
    first = _scheme(url)
    if first == "file":
        return await asyncio.to_thread(_read_file, url, rules)
    # No proxies and no settings of the environment: they would connect where we did not check.
    limits = httpx.Limits(max_connections=1)
    trusted: ssl.SSLContext | bool = True
    if rules.ca_file is not None:
        trusted = ssl.create_default_context(cafile=rules.ca_file)
    async with httpx.AsyncClient(
        trust_env=False, timeout=30.0, limits=limits, verify=trusted
    ) as client:
        for _ in range(rules.redirects + 1):
            answer = await _hop(client, url, rules, resolve)
            if isinstance(answer, bytes):
                return answer
            following = _scheme(answer)
            if following == "file" or (first == "https" and following != "https"):
                raise ArtifactError(f"{url} leads from {first} to {following}")
            url, first = answer, following
    raise ArtifactError(f"{url} is more than {rules.redirects} redirects away")


async def _hop(
    client: httpx.AsyncClient, url: str, rules: FetchRules, resolve: Resolve
) -> bytes | str:
    """The body at a URL, or where it redirects to."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        port = parts.port or (443 if parts.scheme.lower() == "https" else 80)
    except ValueError as error:
        raise ArtifactError(f"not a URL: {url}") from error
    addresses = await resolve(host, port)
    closed = [one for one in addresses if not is_public(one)]
    if closed and not rules.allow_private:
        raise ArtifactError(f"{host} is at {closed[0]}, which is not a public address")
    try:
        response = await _connected(client, url, addresses)
        try:
            if response.status_code in _REDIRECTS:
                return str(urljoin(url, response.headers.get("location", "")))
            if response.status_code != 200:
                raise ArtifactError(f"{url} answers {response.status_code}")
            return await _counted(response, rules)
        finally:
            await response.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise ArtifactError(f"{url} cannot be fetched: {type(error).__name__} {error}") from error


async def _connected(client: httpx.AsyncClient, url: str, addresses: list[str]) -> httpx.Response:
    """The beginning of an answer, from the first of the addresses that takes a connection.

    The name is in the Host header and is what a certificate has to be for; it is not looked up.
    """
    parts = urlsplit(url)
    for number, address in enumerate(addresses, 1):
        request = client.build_request(
            "GET",
            httpx.URL(url, host=address, username="", password=""),
            headers={
                "Host": parts.netloc.rpartition("@")[2],
                "Accept-Encoding": "identity",
                "User-Agent": "taokit",
            },
            extensions={"sni_hostname": parts.hostname or ""},
        )
        try:
            return await client.send(request, stream=True, follow_redirects=False)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if number == len(addresses):
                raise
    raise ArtifactError(f"{url} has no address")


async def _counted(response: httpx.Response, rules: FetchRules) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw(1 << 16):
        body += part
        if len(body) > rules.max_bytes:
            raise ArtifactError(f"more than {rules.max_bytes} bytes come")
    return bytes(body)


def _scheme(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ArtifactError(f"not a URL: {url}") from error
    if parts.scheme not in ("http", "https", "file"):
        raise ArtifactError(f"artifacts are fetched by http and https, not {parts.scheme or url}")
    if parts.scheme != "file" and not parts.hostname:
        raise ArtifactError(f"not a URL: {url}")
    return parts.scheme


def _read_file(url: str, rules: FetchRules) -> bytes:
    parts = urlsplit(url)
    if not rules.allow_file:
        raise ArtifactError("file: URLs are not allowed here")
    if parts.netloc not in ("", "localhost"):
        raise ArtifactError(f"{url} names another machine")
    try:
        with open(unquote(parts.path), "rb") as file:
            data = file.read(rules.max_bytes + 1)
    except OSError as error:
        raise ArtifactError(f"{url} cannot be read: {error.strerror}") from error
    if len(data) > rules.max_bytes:
        raise ArtifactError(f"{url} has more than {rules.max_bytes} bytes")
    return data
