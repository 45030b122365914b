"""Names of metrics as every MLflow store takes them: a label may hold any character, and stands in some of them."""

import hashlib
import re

METRIC_NAMES_FILE = "metric_names.json"
"""Artifact of a run: the real name of each metric whose name had to be escaped, by its name in MLflow."""

_REFUSED = re.compile(r"[^\w.\- /]")
"""MLflow takes letters and digits of any script, `_`, `.`, `-`, blanks and `/`; a colon not on Windows."""
_LONGEST = 200
"""Characters; MLflow takes 250, its digest included."""
_DIGEST = 6
"""Hex digits that tell escaped names apart."""


def metric_name(name: str) -> str:
    """`name` where MLflow takes it, else a readable stand-in that no other name has.

    Refused characters become `_`, as do the empty and dotted parts of a path (`a//b`, `..`), and a digest of the real
    name follows: `상처/가난한, 불우한` is `상처/가난한_ 불우한-dd4d4f`. The same name always has the same stand-in.
    """
    parts = [_REFUSED.sub("_", part) if part.strip(".") else "_" for part in name.split("/")]
    escaped = "/".join(parts)
    if escaped == name and len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]
    return f"{escaped[:_LONGEST]}-{digest}"
