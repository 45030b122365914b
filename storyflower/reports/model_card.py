"""The model card that travels with every version: a Hugging Face `README.md` in Korean; one model, one card."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from storyflower.data.corpus import SPLITS, Corpus, load_corpus
from storyflower.messages import say
from storyflower.model.encoder import names_a_hub_model
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_parts import SCRATCH
from storyflower.reports.pages import slice_value
from storyflower.reports.report import read_figures

CARD_FOLDER = "model_card"
WEAKEST = 5
"""Slices that are listed, the least accurate first."""
_UTTERANCE = "오늘 합격 소식을 들었어!"
_THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9)

_ENVIRONMENT = Environment(
    loader=PackageLoader("storyflower.reports"),
    autoescape=False,  # noqa: S701  # Markdown, not HTML: what comes from a workbook goes through `cell`
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def write_card(
    corpus: Path, evaluation: Path, recipe: TrainingRecipe, model_digest: str, *, model_name: str, has_tokenizer: bool
) -> str:
    """The card of a model, from the folders that its corpus and its evaluation were kept in.

    Args:
        corpus: as `save_corpus` filled it.
        evaluation: as `write_evaluation` filled it.
        recipe: the one that the model was made by.
        model_digest: SHA-256 (hex) of the model's files.
        model_name: the name under which it is registered.
        has_tokenizer: whether `tokenizer.json` is one of them, so that plain Transformers reads texts as we do.
    """
    loaded, figures = load_corpus(corpus), read_figures(evaluation)
    return model_card(loaded, figures, recipe, model_digest, model_name=model_name, has_tokenizer=has_tokenizer)


def without_front_matter(card: str) -> str:
    """The card as a person reads it: without the YAML block, which is for Hugging Face's hub."""
    return card.split("---\n", 2)[2].lstrip()


def model_card(
    corpus: Corpus,
    figures: Mapping[str, Any],
    recipe: TrainingRecipe,
    model_digest: str,
    *,
    model_name: str,
    has_tokenizer: bool,
) -> str:
    """The card as Markdown with front matter; `figures` as `Assessment.to_json` made them, the rest as `write_card`."""
    test, baseline = figures["test"], figures["baseline"]
    return _ENVIRONMENT.get_template("model_card.md.j2").render(
        name=f"storyflower-{recipe.name}",
        base_model=_base_model(recipe),
        encoder=_encoder_name(recipe),
        digests={"학습": corpus.training_digest, "검증": corpus.validation_digest, "모델 파일": model_digest},
        sources=corpus.sources,
        counts={split: corpus.counts[split] for split in SPLITS},
        balance=_balance(corpus),
        labels=corpus.label_map.names,
        recipe=recipe.flat(),
        text_columns=recipe.data.text_columns,
        example={column: [_UTTERANCE] for column in recipe.data.text_columns},
        model_name=model_name,
        has_tokenizer=has_tokenizer,
        test=test,
        baseline=baseline,
        pairs=list(zip(test["per_label"], baseline["per_label"], strict=True)),
        weakest=_weakest(test["slices"]),
        calibration=test["calibration"],
        coverage=[point for point in test["calibration"]["coverage"] if round(point["threshold"], 2) in _THRESHOLDS],
    )


def _balance(corpus: Corpus) -> dict[str, list[int]]:
    """Examples of each label in train, dev and validation."""
    counted = corpus.frame.groupby(["label", "split"]).size()
    return {
        name: [int(counted.get((number, split), 0)) for split in SPLITS]
        for number, name in enumerate(corpus.label_map.names)
    }


def _weakest(slices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The least accurate slices that are large enough to say something, called as a reader calls them."""
    told = [part for part in slices if not part["small"]]
    return [
        part | {"by": say(f"slice.{part['by']}"), "value": slice_value(part["by"], part["value"])}
        for part in sorted(told, key=lambda part: part["accuracy"])[:WEAKEST]
    ]


def _encoder_name(recipe: TrainingRecipe) -> str:
    """A hub id as it is; of a directory its name alone, since paths of this machine do not belong in a card."""
    encoder = recipe.encoder.encoder
    return encoder if encoder == SCRATCH or names_a_hub_model(encoder) else Path(encoder).name


def _base_model(recipe: TrainingRecipe) -> str | None:
    """The hub id for the front matter, None for a directory or an encoder made from scratch."""
    encoder = recipe.encoder.encoder
    return encoder if names_a_hub_model(encoder) else None


def cell(value: Any) -> str:
    """A value that breaks neither a Markdown table nor the page that it is shown on."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")


_ENVIRONMENT.filters |= {
    "cell": cell,
    "json": lambda value: json.dumps(value, ensure_ascii=False),
    "interval": lambda value: f"{value['low']:.3f}–{value['high']:.3f}",
    "number": "{:,}".format,
    "score": "{:.3f}".format,
    "percent": "{:.1%}".format,
}
