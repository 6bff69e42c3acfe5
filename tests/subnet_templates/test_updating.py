"""Updates: what the templates changed arrives, what the author changed stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from taokit.subnet_templates import composing, releases
from taokit.subnet_templates.errors import NotAProject, NotUpdatable
from taokit.subnet_templates.releases import TemplateFiles, keep, known, now, write_release
from taokit.subnet_templates.scaffolding import Created, create
from taokit.subnet_templates.template_repository import git
from taokit.subnet_templates.updating import update

TEMPLATES = composing.ROOM
MECHANISM = "template/src/{{ package }}/mechanism.py"
COMMIT = ("-c", "user.name=a", "-c", "user.email=a@b.invalid", "commit", "-qam", "mine")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAOKIT_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def older() -> TemplateFiles:
    """The template blank as it might have been: another image, one file more, one less."""
    files = dict(now("blank").files)
    files["template/deploy/Dockerfile.jinja"] = files["template/deploy/Dockerfile.jinja"].replace(
        "python:3.12", "python:3.10"
    )
    files["template/notes.md"] = "gone since\n"
    del files["template/.env.example"]
    files[MECHANISM] = "# an older mechanism\n" + files[MECHANISM]
    return TemplateFiles("blank", "v0.0.1", files)


@pytest.fixture
def project(older: TemplateFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Created:
    released = tmp_path / "released"
    releases._write(released / "blank" / "v0.0.1.json", older.files)
    monkeypatch.setattr(releases, "RELEASED", released)
    return create("blank", "mine", into=tmp_path / "mine", at=older)


def edit(project: Created, path: str, more: str) -> None:
    file = project.folder / path
    file.write_text(file.read_text() + more)


def test_an_edited_mechanism_survives_and_the_rest_is_brought_up_to_date(project: Created) -> None:
    edit(project, "src/mine/mechanism.py", "\nMINE = 1\n")
    edit(project, "pyproject.toml", "\n[tool.mine]\nx = 1\n")
    git(project.folder, *COMMIT)
    before = (project.folder / "src/mine/mechanism.py").read_text()
    done = update(project.folder)
    assert done.conflicts == ()
    assert {"deploy/Dockerfile", "notes.md", ".env.example"} <= set(done.changed)
    assert "python:3.12" in (project.folder / "deploy/Dockerfile").read_text()
    assert not (project.folder / "notes.md").exists()
    assert (project.folder / ".env.example").exists()
    assert (project.folder / "src/mine/mechanism.py").read_text() == before
    assert "[tool.mine]" in (project.folder / "pyproject.toml").read_text()
    git(project.folder, "add", "-A")
    git(project.folder, *COMMIT)
    again = update(project.folder)
    assert not again.pending
    assert (again.before, again.changed) == (now("blank").tag, ())


@pytest.mark.parametrize("digest", ["000000000000", "ffffffffffff"])
def test_digests_of_unreleased_states_have_no_order(
    older: TemplateFiles, digest: str, tmp_path: Path
) -> None:
    state = TemplateFiles("blank", f"{now('blank').tag.split('+')[0]}+{digest}", older.files)
    keep(state)
    made = create("blank", "mine", into=tmp_path / "mine", at=state)
    assert update(made.folder).conflicts == ()
    assert not (made.folder / "notes.md").exists()


def test_what_both_sides_changed_is_marked_and_named(project: Created) -> None:
    file = project.folder / "deploy/Dockerfile"
    file.write_text(file.read_text().replace("python:3.10", "python:3.11"))
    git(project.folder, *COMMIT)
    done = update(project.folder)
    assert done.conflicts == ("deploy/Dockerfile",)
    assert "<<<<<<<" in file.read_text()


def test_a_check_changes_nothing(project: Created) -> None:
    done = update(project.folder, check=True)
    assert done.pending
    assert (done.before, done.after) == ("v0.0.1", now("blank").tag)
    assert git(project.folder, "status", "--porcelain") == ""


def test_uncommitted_work_is_not_merged_into(project: Created) -> None:
    edit(project, "README.md", "more\n")
    with pytest.raises(NotUpdatable, match="not committed"):
        update(project.folder)


def test_a_project_without_git_or_of_unknown_templates_is_refused(
    older: TemplateFiles, tmp_path: Path
) -> None:
    plain = create("blank", "plain", into=tmp_path / "plain", at=older, with_git=False)
    with pytest.raises(NotUpdatable, match="not under git"):
        update(plain.folder)
    lost = create("blank", "lost", into=tmp_path / "lost", at=older)
    with pytest.raises(NotUpdatable, match=r"v0\.0\.1"):
        update(lost.folder)
    with pytest.raises(NotAProject):
        update(tmp_path)


def test_a_release_is_kept_with_the_package_and_other_states_on_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreleased = now("blank")
    assert "+" in unreleased.tag
    assert known("blank", "v0.0.9+abc") is None
    state = TemplateFiles("blank", "v0.0.9+abc", {"copier.yml": "x: 1\n"})
    keep(state)
    assert known("blank", "v0.0.9+abc") == state
    written = write_release(tmp_path / "released")
    assert tmp_path / "released" / "blank" / f"{unreleased.tag.split('+')[0]}.json" in written
    monkeypatch.setattr(releases, "RELEASED", tmp_path / "released")
    assert now("blank").tag == unreleased.tag.split("+")[0]
    assert known("blank", now("blank").tag) == now("blank")


class Machine:
    """A machine with a version of taokit: its templates, the releases in its wheel, its cache."""

    def __init__(
        self, place: Path, version: str, image: str, before: Machine | None = None
    ) -> None:
        self.place, self.version = place, version
        self.room, self.released = place / "room", place / "released"
        for part in ("_base", "blank"):
            shutil.copytree(TEMPLATES / part, self.room / part)
        dockerfile = self.room / "_base/template/deploy/Dockerfile.jinja"
        dockerfile.write_text(dockerfile.read_text().replace("python:3.12", f"python:{image}"))
        if before is not None:
            shutil.copytree(before.released, self.released)

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Be on this machine from here on."""
        monkeypatch.setenv("HOME", str(self.place / "home"))
        monkeypatch.setenv("TAOKIT_CACHE_DIR", str(self.place / "cache"))
        monkeypatch.setattr(composing, "ROOM", self.room)
        monkeypatch.setattr(releases, "RELEASED", self.released)
        monkeypatch.setattr(releases, "installed", lambda name: self.version)


def test_a_project_of_one_release_is_updated_on_a_machine_that_only_has_a_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Machine(tmp_path / "ours", "1.0.0", "3.11")
    ours.use(monkeypatch)
    write_release(ours.released)
    made = create("blank", "mine", into=tmp_path / "mine")
    assert (made.version, "python:3.11") == ("v1.0.0", image(made.folder))
    edit(made, "src/mine/mechanism.py", "\nMINE = 1\n")
    git(made.folder, *COMMIT)
    theirs = Machine(tmp_path / "theirs", "1.2.0", "3.13", before=ours)
    theirs.use(monkeypatch)
    write_release(theirs.released)
    git(tmp_path, "clone", "-q", str(made.folder), "clone")
    done = update(tmp_path / "clone")
    assert (done.before, done.after, done.conflicts) == ("v1.0.0", "v1.2.0", ())
    assert image(tmp_path / "clone") == "python:3.13"
    assert "MINE = 1" in (tmp_path / "clone/src/mine/mechanism.py").read_text()
    assert not (tmp_path / "theirs" / "cache").exists()  # nothing but the wheel was needed
    ours.use(monkeypatch)  # and back, where the later release is not known
    git(tmp_path / "clone", "add", "-A")
    git(tmp_path / "clone", *COMMIT)
    with pytest.raises(NotUpdatable, match=r"v1\.2\.0") as refused:
        update(tmp_path / "clone")
    assert "upgrade taokit" in str(refused.value.hint)


def image(project: Path) -> str:
    """What the project's container is built on."""
    first = (project / "deploy" / "Dockerfile").read_text().split()[1]
    return first.removesuffix("-slim")
