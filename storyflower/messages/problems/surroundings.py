"""Problems with the machine: disk, server, store, processes, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {}
