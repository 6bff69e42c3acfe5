"""Templates as a whole: the base and a template's own, the same every time, nothing left over."""

from __future__ import annotations

from pathlib import Path

import pytest

from taokit.subnet_templates.composing import NoTemplate, compose, templates


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("name", templates())
def test_a_template_is_the_base_with_its_own_over_it(name: str, tmp_path: Path) -> None:
    one, two = tree(compose(name, tmp_path / "one")), tree(compose(name, tmp_path / "two"))
    assert one == two
    assert {"copier.yml", "template/pyproject.toml.jinja"} <= one.keys()
    assert any(path.endswith("mechanism.py") or "mechanism.py" in path for path in one)
    assert not [path for path in one if "__pycache__" in path]


def test_there_is_a_blank_one_and_one_that_is_not_there_is_named() -> None:
    assert "blank" in templates()
    with pytest.raises(NoTemplate, match="'nothing'") as error:
        compose("nothing", Path("/nowhere"))
    assert "blank" in (error.value.hint or "")
