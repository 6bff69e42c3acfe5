"""Making projects: whole or not at all, by name and answers, the same on every machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from taokit.subnet_templates.composing import compose
from taokit.subnet_templates.errors import BadAnswer, BadProjectName, NoGit, ProjectExists
from taokit.subnet_templates.naming import checked, folder_of, package_of
from taokit.subnet_templates.releases import now
from taokit.subnet_templates.scaffolding import create
from taokit.subnet_templates.template_repository import address_of, git, opened


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAOKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME"):
        monkeypatch.delenv(name, raising=False)


def test_a_project_is_committed_once_and_names_no_place_of_this_machine(tmp_path: Path) -> None:
    made = create("blank", "My subnet", into=tmp_path / "mine", answers={"netuid": 7})
    assert git(made.folder, "rev-list", "--count", "HEAD").strip() == "1"
    assert git(made.folder, "status", "--porcelain") == ""
    assert made.answers["netuid"] == 7
    assert made.package == "my_subnet"
    assert set(made.files) == set(git(made.folder, "ls-files").splitlines())
    for path in made.files:
        assert str(tmp_path) not in (made.folder / path).read_text()
    answers = (made.folder / ".copier-answers.yml").read_text()
    assert f"_src_path: {address_of('blank')}" in answers
    assert f"_commit: {made.version}" in answers


def test_the_same_template_is_the_same_commit_in_every_repository() -> None:
    def commit() -> str:
        with opened([now("blank")]) as address:
            return git(Path("."), "ls-remote", address)

    first = commit()
    assert now("blank").tag in first
    assert commit() == first


def test_outside_nothing_of_the_repository_can_be_reached() -> None:
    with opened([now("blank")]):
        pass
    asked = ["git", "config", "--get-regexp", "insteadof"]
    assert subprocess.run(asked, capture_output=True, check=False).stdout == b""


def test_what_exists_is_never_touched(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    with pytest.raises(ProjectExists):
        create("blank", "there", into=there)
    file = tmp_path / "file"
    file.write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for taken in ("file", "dangling"):
        with pytest.raises(ProjectExists):
            create("blank", "there", into=tmp_path / taken)
    assert file.read_text() == "mine"
    assert not list(there.iterdir())


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(BadAnswer, match="lowercase letters"):
        create("blank", "x1", into=place / "x", answers={"package": "Not a package"})
    with pytest.raises(BadAnswer, match="does not ask for colour"):
        create("blank", "x1", into=place / "x", answers={"colour": "red"})
    assert not list(place.iterdir())


def test_a_dry_run_says_what_would_be_there_and_makes_nothing(tmp_path: Path) -> None:
    planned = create("blank", "plan", into=tmp_path / "plan", dry_run=True)
    assert not planned.written
    assert not (tmp_path / "plan").exists()
    made = create("blank", "plan", into=tmp_path / "plan", with_git=False)
    assert made.files == planned.files
    assert not (made.folder / ".git").exists()


def test_without_git_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoGit, match="git is needed"):
        create("blank", "mine", into=tmp_path / "mine")


@pytest.mark.parametrize("name", ["", " ", "1st", "a/b", "../up", "näme", "x" * 65, "-x", "a.b"])
def test_names_that_are_no_folder_are_refused(name: str) -> None:
    with pytest.raises(BadProjectName):
        checked(name)


@pytest.mark.parametrize("name", ["class", "json", "taokit", "tests", "Async IO"])
def test_names_of_packages_that_mean_something_are_refused(name: str) -> None:
    if package_of(name) == "async_io":
        assert checked(name) == name
    else:
        with pytest.raises(BadProjectName, match="means something already"):
            checked(name)


def test_a_name_gives_folder_and_package_as_the_template_derives_it(tmp_path: Path) -> None:
    assert folder_of("My  Sub_net") == "my-sub-net"
    made = create("blank", "My Sub-net 2", into=tmp_path / "x", with_git=False)
    assert made.package == package_of("My Sub-net 2") == "my_sub_net_2"


def test_templates_hold_text_only_and_nothing_that_runs(tmp_path: Path) -> None:
    whole = compose("blank", tmp_path)
    settings = (whole / "copier.yml").read_text()
    for dangerous in ("_tasks", "_migrations", "_jinja_extensions"):
        assert dangerous not in settings
