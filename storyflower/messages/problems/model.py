"""Problems with encoders, tokenizers and model directories, by code, in Korean and in English."""

PROBLEMS: dict[str, dict[str, tuple[str, str]]] = {}
