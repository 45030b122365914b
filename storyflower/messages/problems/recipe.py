"""Problems with recipes and how they are given on the command line, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {}
