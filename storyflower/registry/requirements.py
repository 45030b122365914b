"""Requirements of packages for pip, at the versions that are installed here."""

from collections.abc import Iterable
from importlib.metadata import version as installed_version

from packaging.version import Version


def pinned(names: Iterable[str]) -> list[str]:
    """Return `name==version` of each package.

    The versions are without a local part such as `+cpu`, which package indexes do not serve.
    """
    return [f"{name}=={Version(installed_version(name)).public}" for name in names]
