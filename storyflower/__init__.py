"""StoryFlower: workbooks of Korean dialogue in, a registered and proven emotion classifier out."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storyflower.storage.home import Home

__all__ = ["Home"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`Home`, imported when it is first used: this file travels with every registered version, which has no `storage`.

    Raises:
        AttributeError: the package has no such attribute.
    """
    if name != "Home":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.storage.home").Home
