"""The whole pipeline as plain Python: workbooks in, an evaluated model out, without Prefect or MLflow.

Each function is a stage: it takes the home, references to what earlier stages made, and its part of the
recipe, and returns an `Outcome`: the reference, and whether it was in the home already.

They are imported when they are first used: the module of references and facts is read by commands that must not wait
for PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from storyflower.pipeline.adapt import adapt_encoder
    from storyflower.pipeline.encoder import prepare_encoder
    from storyflower.pipeline.evaluate import evaluate_model
    from storyflower.pipeline.finetune import finetune_encoder
    from storyflower.pipeline.folds import cross_validate
    from storyflower.pipeline.ingest import ingest_workbooks
    from storyflower.pipeline.normalize import normalize_corpus
    from storyflower.pipeline.quality import report_quality
    from storyflower.pipeline.source import CorpusSource
    from storyflower.pipeline.tokenize import tokenize_corpus

__all__ = [
    "CorpusSource",
    "adapt_encoder",
    "cross_validate",
    "evaluate_model",
    "finetune_encoder",
    "ingest_workbooks",
    "normalize_corpus",
    "prepare_encoder",
    "report_quality",
    "tokenize_corpus",
]

_MODULES = {
    "CorpusSource": "source",
    "adapt_encoder": "adapt",
    "cross_validate": "folds",
    "evaluate_model": "evaluate",
    "finetune_encoder": "finetune",
    "ingest_workbooks": "ingest",
    "normalize_corpus": "normalize",
    "prepare_encoder": "encoder",
    "report_quality": "quality",
    "tokenize_corpus": "tokenize",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
