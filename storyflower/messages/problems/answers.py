"""Problems with what a model is asked, and the registry, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {}
