"""Find the folders that ship with the package but live at the top of a clone: policies, templates, workflows."""

from enum import Enum
from pathlib import Path

__all__ = ["Shipped", "shipped"]

_PACKAGE = Path(__file__).resolve().parent


class Shipped(Enum):
    """A folder at the top of the repository that the wheel carries along."""

    POLICIES = "policies"
    TEMPLATES = "templates"
    GITHUB = ".github"


def shipped(folder: Shipped, *, package: Path = _PACKAGE) -> Path:
    """Return the folder inside the installed package, else the one at the top of the clone.

    Raises `FileNotFoundError` when there is neither: the installation is damaged, no policy can cause it.
    """
    places = (package / "_shipped" / folder.value, package.parent / folder.value)
    for place in places:
        if place.is_dir():
            return place
    sought = " and ".join(str(place) for place in places)
    message = f"the folder {folder.value}/ that ships with dbt-alerts is missing (looked at {sought}); install it again"
    raise FileNotFoundError(message)
