"""What goes wrong in real life, on the real thing: a chain and commands as processes of their own.

Every test says which documented error a fault gives (`taokit help exit-codes`), and the chain has
to be as well afterwards as it was before.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from taokit.chain_client import Call
from taokit.chain_client.blocking import Client
from taokit.chain_client.extrinsics.extensions import Signing
from taokit.chain_client.extrinsics.signing import sign
from taokit.chain_client.scale import Era
from taokit.wallet import Keypair, Signer, dev_key

TAOKIT = [sys.executable, "-m", "taokit.cli"]
ALICE, BOB = dev_key("Alice"), dev_key("Bob")
TRANSFER = ("wallet", "transfer", "--to", BOB.ss58_address, "--amount", "1", "-w", "//Alice")
LONG = 60.0
"""Seconds that no step here comes near, on any machine."""

# The development phrase's key, encrypted in the oldest of the ecosystem's ways, which is the
# quickest to open. The password is "Testing.1234".
OLD_KEYFILE = b"""$ANSIBLE_VAULT;1.1;AES256
38363332393037636138616363373134643030383666303331323136396566626335633963313730
3230333865636361623833346563353738353035633430310a383132623261666665353033323535
65633065396561393432383931633438646461366661383638663234643536653234323363613031
6134653230653163370a613738396239343061396664653861326332613533366165313630326635
63316163306434303837653736616436656331356164353566323337663634646564336262663937
35633430356465393536343865653663326438623732623637333532356531626434613433623938
66326465306533363364393761393034366133626233623534343261663639323231313431316665
33366331613161343936646162363939653266396336396132343138653938303930633232343234
6561
"""


class User:
    """Somebody with a home of their own, who types commands and reads what they say."""

    def __init__(self, home: Path) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TAOKIT_", "BT_", "XDG_"))
        }
        self.environment = {
            **kept,
            "HOME": str(home),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def start(self, *argv: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*TAOKIT, *argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self.home,
            env={**self.environment, **variables},
        )

    def run(self, *argv: str, **variables: str) -> tuple[int, str, str]:
        """Status, stdout and stderr of one command that nobody can answer questions of."""
        process = self.start(*argv, **variables)
        out, err = process.communicate(timeout=LONG)
        return process.returncode, out, err

    def fail(self, *argv: str, **variables: str) -> dict[str, Any]:
        """The error of a command that has to fail, with nothing on stdout but it."""
        status, out, err = self.run(*argv, "--json", **variables)
        error: dict[str, Any] = json.loads(err.strip().splitlines()[-1])["error"]
        assert (out, error["exit"]) == ("", status)
        return error

    @contextmanager
    def chain(self, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
        """A chain that seals when it is told to, and its process."""
        options = options or ("--port", "0", "--block-time", "manual")
        process = self.start("localnet", "start", "-q", *options)
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            assert ready.startswith("ready ws://"), process.communicate(timeout=LONG)
            yield ready.removeprefix("ready ").strip(), process
        finally:
            process.kill()
            process.communicate(timeout=LONG)


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path / "home")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A chain that all tests here share; none may hurt it."""
    with User(tmp_path_factory.mktemp("chain")).chain() as (url, process):
        yield url
        assert process.poll() is None


@pytest.fixture(autouse=True)
def _the_chain_is_well(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "chain" in request.fixturenames:
        assert ask(request.getfixturevalue("chain"), "system_health")["result"]["peers"] == 0


def say(url: str, message: str | bytes) -> Any:
    """The answer to one raw websocket message."""
    with connect(url, compression=None, max_size=None) as websocket:
        websocket.send(message)
        return json.loads(websocket.recv(timeout=LONG))


def ask(url: str, method: str, *params: Any) -> Any:
    return say(url, json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}))


def nobody() -> tuple[str, socket.socket]:
    """An address where nothing listens, for as long as the socket is open."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return f"ws://127.0.0.1:{taken.getsockname()[1]}", taken


def until_sent(url: str, process: subprocess.Popen[str]) -> None:
    """Wait for a transaction in the pool."""
    deadline = time.monotonic() + LONG
    while not ask(url, "author_pendingExtrinsics")["result"]:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline


# -- reaching a node ------------------------------------------------------------------------------


def test_a_node_out_of_reach_is_exit_5_and_offers_to_start_one(user: User) -> None:
    url, taken = nobody()
    with closing(taken):
        error = user.fail("query", "status", TAOKIT_NETWORK=url)
        assert (error["code"], error["exit"], error["retryable"]) == ("connection_failed", 5, True)
        assert "taokit localnet start" in error["hint"]
        assert user.fail(*TRANSFER, TAOKIT_NETWORK=url)["exit"] == 5


def test_a_port_that_accepts_and_says_nothing_is_exit_5(user: User) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"ws://127.0.0.1:{mute.getsockname()[1]}"
        error = user.fail("query", "status", "--connect-timeout", "0.2", TAOKIT_NETWORK=url)
        assert (error["code"], error["exit"]) == ("connection_failed", 5)


@pytest.mark.parametrize("network", ["finey", "http://127.0.0.1:1", "ws://[bad", "ws://h:99999"])
def test_what_is_no_network_is_exit_2(user: User, network: str) -> None:
    assert user.fail("query", "status", "--network", network)["exit"] == 2


def test_what_the_chain_does_not_have_is_exit_3(user: User, chain: str) -> None:
    for argv in (
        ("subnets", "show", "999"),
        ("query", "System.Nothing"),
        ("wallet", "balance", "nobody"),
    ):
        assert user.fail(*argv, TAOKIT_NETWORK=chain)["exit"] == 3


# -- a node that goes away ------------------------------------------------------------------------


def test_a_chain_killed_while_a_transaction_is_watched_leaves_it_pending(user: User) -> None:
    with user.chain() as (url, node):
        sender = user.start(*TRANSFER, "--json", TAOKIT_NETWORK=url, TAOKIT_TIMEOUT_OUTCOME="1")
        until_sent(url, sender)
        (raw,) = ask(url, "author_pendingExtrinsics")["result"]
        node.kill()
        out, err = sender.communicate(timeout=LONG)
    error = json.loads(err)["error"]
    assert (out, sender.returncode, error["exit"]) == ("", 8, 8)
    assert (error["code"], error["retryable"]) == ("outcome_pending", False)
    from hashlib import blake2b

    sent = blake2b(bytes.fromhex(raw[2:]), digest_size=32).hexdigest()
    assert error["extrinsic_hash"] == f"0x{sent}"


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_says_what_was_sent_already(
    user: User, chain: str, number: signal.Signals, status: int
) -> None:
    sender = user.start(*TRANSFER, TAOKIT_NETWORK=chain)
    until_sent(chain, sender)
    sender.send_signal(number)
    out, err = sender.communicate(timeout=LONG)
    ask(chain, "dev_newBlock")
    assert (out, sender.returncode) == ("", status)
    assert "already sent: transfer" in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_a_chain_told_to_end_does_so_although_a_client_does_not_listen(user: User) -> None:
    with user.chain() as (url, node), connect(url) as client:
        client.send('{"jsonrpc":"2.0","id":1,"method":"dev_newBlock","params":[4000000000]}')
        ask(url, "system_health")  # others have their turn meanwhile
        node.terminate()
        assert node.wait(60) == 0
    assert user.run("localnet", "status", "--json")[:2] == (0, "[]\n")


def test_a_port_in_use_is_named_and_a_killed_chain_is_not_believed_to_run(user: User) -> None:
    with user.chain() as (url, node):
        port = url.rpartition(":")[2]
        error = user.fail("localnet", "start", "--port", port)
        assert (error["code"], error["exit"], str(error["port"])) == ("port_in_use", 1, port)
        node.kill()
        node.wait(LONG)
        assert user.fail("localnet", "stop")["exit"] == 3
        with user.chain("--port", port, "--block-time", "manual") as (again, _):
            assert ask(again, "system_chain")["result"] == "Bittensor"


# -- what a client may say ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", -32700),
        (b"\xff", -32700),
        ("[" * 100_000, -32700),
        ("[]", -32600),
        ('{"jsonrpc":"2.0","id":1}', -32600),
        ('{"jsonrpc":"2.0","id":1,"method":"no_such"}', -32601),
        ('{"jsonrpc":"2.0","id":1,"method":"chain_getBlock","params":["0x12"]}', -32602),
        ('{"jsonrpc":"2.0","id":1,"method":"state_getStorage","params":["0xz"]}', -32602),
        (
            '{"jsonrpc":"2.0","id":1,"method":"state_getStorage","params":["0x","0x%s"]}'
            % ("11" * 32),
            4003,
        ),
        ('{"jsonrpc":"2.0","id":1,"method":"state_call","params":["Core_version","0x00"]}', 4003),
        ("[" + "1," * 160_000 + "1]", -32011),
    ],
    ids=lambda value: str(value)[:40],
)
def test_malformed_requests_get_the_codes_of_a_node(
    chain: str, message: str | bytes, code: int
) -> None:
    assert say(chain, message)["error"]["code"] == code


def test_a_message_that_is_too_large_closes_the_connection_and_says_so(chain: str) -> None:
    with connect(chain, compression=None) as websocket, pytest.raises(ConnectionClosed) as closed:
        websocket.send("x" * (16 * 1024 * 1024 + 1))
        websocket.recv(timeout=LONG)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


@pytest.mark.parametrize("header", [("Origin", "https://evil.example"), ("Host", "evil.example")])
def test_pages_of_other_sites_are_refused(chain: str, header: tuple[str, str]) -> None:
    import http.client

    port = int(chain.rpartition(":")[2])
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "dev_newBlock"})
    http_client = http.client.HTTPConnection("127.0.0.1", port, timeout=LONG)
    with closing(http_client):
        http_client.request(
            "POST", "/", body, {"Content-Type": "application/json", header[0]: header[1]}
        )
        assert http_client.getresponse().status == 403


def test_extrinsics_that_cannot_be_valid_are_refused_with_the_codes_of_a_node(chain: str) -> None:
    remark = Call("System", "remark", {"remark": b"x"})

    def submitted(raw: bytes) -> Any:
        return ask(chain, "author_submitExtrinsic", "0x" + raw.hex())

    with Client.connect(chain) as client:

        def signed(
            call: Call | bytes = remark,
            *,
            nonce: int | None = None,
            tip: int = 0,
            birth: str | None = None,
            signer: Signer = ALICE,
        ) -> bytes:
            async def make(chain_client: Any) -> bytes:
                runtime = chain_client.runtime
                known = nonce
                if known is None:
                    known = await chain_client.transport.send(
                        "account_nextIndex", [signer.ss58_address]
                    )
                encoded = call if isinstance(call, bytes) else runtime.encode_call(call)
                signing = Signing(known, Era(), birth or runtime.genesis_hash, tip)
                return bytes(await sign(runtime, encoded, signing, signer))

            return client.run(make)

        good = signed()
        broken = bytearray(good)
        broken[50] ^= 1  # within the signature
        nested = b"\x00\x00\x00"
        for _ in range(1000):
            nested = b"\x0b\x00\x04" + nested
        poor = Keypair.from_uri("//Nobody has paid me")
        refusals = {
            "malformed": (submitted(b""), 1001, "invalid format"),
            "trailing": (submitted(good + b"\x00"), 1001, "still data left"),
            "unknown call": (submitted(signed(b"\xfa\x00")), 1002, "no call 250.0"),
            "deep": (submitted(signed(nested)), 1002, "nested deeper"),
            "signature": (submitted(bytes(broken)), 1010, "bad signature"),
            "genesis": (submitted(signed(birth="0x" + "11" * 32)), 1010, "bad signature"),
            "payment": (submitted(signed(signer=poor)), 1010, "pay some fees"),
            "tip": (submitted(signed(tip=1 << 63)), 1010, "pay some fees"),
        }
        assert "result" in submitted(good)
        refusals["again"] = (submitted(good), 1013, "Already Imported")
        ask(chain, "dev_newBlock")
        refusals["past"] = (submitted(signed(nonce=0)), 1010, "outdated")
        for name, (answer, code, words) in refusals.items():
            assert "error" in answer, (name, answer)
            error = answer["error"]
            assert error["code"] == code, (name, error)
            assert words.lower() in json.dumps(error).lower(), (name, error)
        ahead = signed(nonce=5)
        assert "result" in submitted(ahead)  # it waits for those between
        ask(chain, "dev_newBlock")
        head = ask(chain, "chain_getBlock")["result"]["block"]
        assert "0x" + ahead.hex() not in head["extrinsics"]
        assert ask(chain, "account_nextIndex", ALICE.ss58_address)["result"] < 5


# -- keys -----------------------------------------------------------------------------------------


@pytest.fixture
def wallet(user: User) -> Path:
    """The folder of a wallet ``w`` with an encrypted coldkey, and ``password`` in the home."""
    folder = user.home / ".bittensor/wallets/w"
    folder.mkdir(parents=True)
    (folder / "coldkey").write_bytes(OLD_KEYFILE)
    (user.home / "password").write_text("Testing.1234\n")
    return folder


SIGN = ("wallet", "sign", "--message", "m", "-w", "w")


def test_a_wrong_or_missing_password_is_exit_4_at_once(user: User, wallet: Path) -> None:
    (user.home / "wrong").write_text("guessed\n")
    assert user.fail(*SIGN)["code"] == "missing_password"
    for option, value in (("file", "wrong"), ("file", "absent"), ("fd", "-1")):
        began = time.monotonic()
        error = user.fail(*SIGN, f"--password-{option}", value)
        assert error["exit"] == 4
        assert "guessed" not in json.dumps(error)
        assert time.monotonic() - began < 20


def test_damaged_keys_are_told_from_wrong_passwords(user: User, wallet: Path) -> None:
    key = wallet / "coldkey"
    for content in (b"", OLD_KEYFILE[:60], b"{"):
        key.write_bytes(content)
        error = user.fail(*SIGN, "--password-file", "password")
        assert (error["code"], error["exit"]) == ("damaged_keyfile", 1), content
    key.unlink()
    assert user.fail(*SIGN)["exit"] == 3


@pytest.mark.skipif(os.name != "posix", reason="pipes and modes of files are POSIX")
def test_a_pipe_for_a_key_does_not_hang_and_new_keys_are_private(user: User, wallet: Path) -> None:
    (wallet / "coldkey").unlink()
    os.mkfifo(wallet / "coldkey")
    assert user.fail(*SIGN)["code"] == "keyfile_access"
    status, out, err = user.run(
        *("wallet", "create", "new", "--no-use-password", "--mnemonic-out", "phrase", "--json"),
        "-vvv",
    )
    assert status == 0, err
    made = user.home / ".bittensor/wallets/new"
    for path in [user.home / "phrase", made / "coldkey", made / "hotkeys/default"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    written = (user.home / "phrase").read_text().split()
    assert not {word for word in written if len(word) > 3} & set((out + err).split())
    before = (made / "coldkey").read_bytes()
    again = user.fail("wallet", "create", "new", "--no-use-password", "--mnemonic-out", "second")
    assert (again["code"], again["exit"]) == ("wallet_exists", 1)
    assert (made / "coldkey").read_bytes() == before
    assert not (user.home / "second").exists()


def test_nobody_is_asked_where_nobody_can_answer(user: User, wallet: Path) -> None:
    for argv in (
        ("wallet", "create", "other"),
        ("wallet", "delete", "w"),
        ("wallet", "regen-coldkey", "other", "--no-use-password"),
        ("wallet", "regen-coldkey", "other", "--mnemonic", "abandon abandon"),
    ):
        error = user.fail(*argv)
        assert error["exit"] == 2, argv
        assert "abandon" not in json.dumps(error)
    assert (wallet / "coldkey").exists()
