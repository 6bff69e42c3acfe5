"""The version of the installed taokit, and where the project lives: from package metadata."""

from __future__ import annotations

__all__ = ["project_url", "version"]


def version() -> str:
    """Such as ``0.1.0``; ``unknown`` in a tree that was never installed."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("taokit")
    except PackageNotFoundError:
        return "unknown"


def project_url(label: str) -> str | None:
    """A URL of ``[project.urls]``, such as "Issues" or "Documentation", if there is one."""
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        urls = metadata("taokit").get_all("Project-URL") or []
    except PackageNotFoundError:
        return None
    for entry in urls:
        name, _, url = str(entry).partition(", ")
        if name.lower() == label.lower():
            return url
    return None
