"""Questions are asked only where somebody answers; elsewhere the missing option is named."""

from __future__ import annotations

import io

import pytest

from taokit.cli.errors import Cancelled, MissingInput
from taokit.cli.prompts import Prompts
from taokit.cli.terminal import Terminal


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> object:
    """Somebody at both ends who types the given text."""

    def typing(text: str) -> Tty:
        screen = Tty()
        monkeypatch.setattr("sys.stdin", Tty(text))
        monkeypatch.setattr("sys.stderr", screen)
        return screen

    return typing


@pytest.mark.parametrize("answer", ["y\n", "YES\n"])
def test_yes_goes_on(answer: str, person: object) -> None:
    screen = person(answer)
    Prompts(Terminal({})).confirm("Send?")
    assert screen.getvalue() == "Send? [y/N] "


@pytest.mark.parametrize("answer", ["\n", "n\n", "yeah\n", ""])
def test_anything_else_cancels(answer: str, person: object) -> None:
    person(answer)
    with pytest.raises(Cancelled):
        Prompts(Terminal({})).confirm("Send?")


def test_yes_from_the_command_line_asks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Prompts(Terminal({}), yes=True).confirm("Send?")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("allowed", [True, False])
def test_without_a_person_confirming_names_the_option(
    allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n") if allowed else Tty("y\n"))
    monkeypatch.setattr("sys.stderr", Tty())
    with pytest.raises(MissingInput, match="--yes"):
        Prompts(Terminal({}), allowed=allowed).confirm("Send?")


def test_a_grave_step_wants_the_name_even_with_yes(person: object) -> None:
    person("alice\n")
    Prompts(Terminal({}), yes=True).confirm_by_name("Gone for good.", "alice", None)
    person("alcie\n")
    with pytest.raises(Cancelled):
        Prompts(Terminal({}), yes=True).confirm_by_name("Gone for good.", "alice", None)


def test_a_grave_step_takes_the_name_from_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    prompts = Prompts(Terminal({}), allowed=False)
    prompts.confirm_by_name("Gone.", "alice", "alice")
    with pytest.raises(Cancelled):
        prompts.confirm_by_name("Gone.", "alice", "bob")
    with pytest.raises(MissingInput, match="--confirm alice"):
        prompts.confirm_by_name("Gone.", "alice", None)
    assert capsys.readouterr() == ("", "")


def test_a_secret_is_never_echoed_and_must_match(
    person: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = person("")
    typed = iter(["one", "other", "same", "same"])
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: next(typed))
    assert Prompts(Terminal({})).secret("password", flag="--x", twice=True) == "same"
    assert "The two differ" in screen.getvalue()
    assert "other" not in screen.getvalue()


@pytest.mark.parametrize("spared", ["nothing was changed", "nothing was sent"])
def test_a_declined_grave_step_says_what_did_not_happen(spared: str, person: object) -> None:
    person("no\n")
    prompts = Prompts(Terminal({}))
    with pytest.raises(Cancelled, match=spared):
        prompts.confirm_by_name("Gone.", "alice", None, spared=spared)
    with pytest.raises(Cancelled, match="nothing was changed"):
        prompts.confirm_by_name("Gone.", "alice", "bob")
