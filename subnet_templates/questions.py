"""What a template asks, read from its ``copier.yml``.

Owns questions as values. Does not own answers: copier renders defaults and checks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from taokit.subnet_templates.errors import BadAnswer
from taokit.subnet_templates.releases import TemplateFiles, now

__all__ = ["Question", "about", "answer", "questions"]


@dataclass(frozen=True)
class Question:
    """One question: ``kind`` is str, int, float or bool; ``default`` may be a Jinja expression."""

    name: str
    kind: str
    help: str
    default: Any
    choices: tuple[str, ...] = ()


def questions(template: str | TemplateFiles) -> list[Question]:
    """A template's questions, in order, without what it computes. Raises NoTemplate."""
    import yaml

    files = template if isinstance(template, TemplateFiles) else now(template)
    found: dict[str, Question] = {}
    for document in yaml.safe_load_all(files.files["copier.yml"]):
        for name, asked in (document or {}).items():
            if not str(name).startswith("_") and asked.get("when") is not False:
                found[name] = Question(
                    name,
                    asked.get("type", "str"),
                    asked.get("help", ""),
                    asked.get("default"),
                    tuple(str(one) for one in asked.get("choices", ())),
                )
    return list(found.values())


def about(template: str) -> str:
    """In one sentence, what a template's subnet measures: its README's second paragraph."""
    files = now(template).files
    text = files.get("template/README.md.jinja") or files.get("template/README.md", "")
    paragraphs = [" ".join(p.split()) for p in text.split("\n\n")]
    told = next((p for p in paragraphs if " measures " in f" {p} "), "")
    return told.removeprefix("A Bittensor subnet. ").removeprefix("It measures ").rstrip(".")


def answer(question: Question, text: str) -> Any:
    """An answer given as text, in the question's type. Raises BadAnswer."""
    try:
        if question.kind == "int":
            return int(text)
        if question.kind == "float":
            return float(text)
    except ValueError:
        raise BadAnswer(f"{question.name} takes a number, not {text!r}") from None
    if question.kind == "bool":
        known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
        if text.lower() not in known:
            raise BadAnswer(f"{question.name} takes yes or no, not {text!r}")
        return known[text.lower()]
    if question.choices and text not in question.choices:
        raise BadAnswer(f"{question.name} is one of {', '.join(question.choices)}, not {text!r}")
    return text
