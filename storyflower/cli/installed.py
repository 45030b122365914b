"""The installed packages, as `storyflower doctor` reports them."""

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Literal

from packaging.requirements import Requirement
from packaging.version import Version

import storyflower
from storyflower import text
from storyflower.errors import StoryFlowerError
from storyflower.messages import say

PACKAGES = (
    *("prefect", "fastapi", "sqlalchemy", "mlflow", "torch", "transformers"),
    *text.PACKAGES,
    *("pandas", "pandera"),
)
"""Packages whose release is shown; of the others only missing ones are reported."""
_BREAKS_PREFECT = {"fastapi": "0.151", "sqlalchemy": "2.1"}
"""The first releases that install but break Prefect: its server does not start, or no schedule fires."""


@dataclass(frozen=True)
class Finding:
    """The result of one check: its name, its state, and what to do where it is not ok."""

    name: str
    """The same in every language: programs read it in `--json`."""
    state: Literal["ok", "warning", "problem"]
    value: str
    remedy: str = ""

    @classmethod
    def of(cls, name: str, error: StoryFlowerError) -> "Finding":
        """An error as a finding of the check `name`."""
        return cls(name, "problem", f"{error.where}: {error.problem}" if error.where else error.problem, error.remedy)


def package_findings() -> list[Finding]:
    """The releases of StoryFlower, Python and the packages; those that are missing or break Prefect are problems."""
    missing = missing_packages()
    return [
        Finding("storyflower", "ok", storyflower.__version__),
        Finding("python", "ok", platform.python_version()),
        *(Finding(package, "ok", version(package)) for package in PACKAGES if package not in missing),
        *(Finding(package, "problem", say("doctor.not_installed"), say("doctor.set_up")) for package in missing),
        *(
            Finding(package, "problem", say(f"doctor.{package}"), f"pip install -c constraints.txt {package}")
            for package, first in _BREAKS_PREFECT.items()
            if package not in missing and Version(version(package)).release >= Version(first).release
        ),  # compared by `release`: pre-releases of a first release break it too
    ]


def missing_packages() -> list[str]:
    """The packages that StoryFlower requires and that are not installed; what an extra adds is not required."""
    required = map(Requirement, requires("storyflower") or PACKAGES)
    needed = [one.name for one in required if one.marker is None or one.marker.evaluate({"extra": ""})]
    return [name for name in needed if not _is_installed(name)]


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True
