"""Escapes metric names for MLflow: some contain a label, which may have any character."""

import hashlib
import re

METRIC_NAMES_FILE = "metric_names.json"
"""Artifact of a run: the original name of each metric whose name was escaped, by its name in MLflow."""

_REFUSED = re.compile(r"[^\w.\- /]")
"""MLflow accepts letters and digits of any script, `_`, `.`, `-`, blanks and `/`; on Windows no colon."""
_LONGEST = 200
"""Characters before the digest; MLflow accepts 250."""
_DIGEST = 6
"""Hex digits of the digest that makes escaped names unique."""


def metric_name(name: str) -> str:
    """Return `name` if MLflow accepts it, else a readable and unique replacement.

    Refused characters become `_`, as do the empty and dotted parts of a path (`a//b`, `..`), and a digest of the
    original name is appended: `상처/가난한, 불우한` becomes `상처/가난한_ 불우한-dd4d4f`. The same name always gets the
    same replacement.
    """
    parts = [_REFUSED.sub("_", part) if part.strip(".") else "_" for part in name.split("/")]
    escaped = "/".join(parts)
    if escaped == name and len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{escaped[:_LONGEST]}-{digest}"
