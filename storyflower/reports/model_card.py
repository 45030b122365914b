"""The model card of a registered version: a Hugging Face `README.md` in the language in force."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from storyflower.data.corpus import SPLITS, Corpus
from storyflower.evaluation.assessment import Assessment
from storyflower.evaluation.selection import Choice
from storyflower.evaluation.slices import Slice
from storyflower.messages import say
from storyflower.model.encoder import names_a_hub_model
from storyflower.model.known_encoders import KNOWN_ENCODERS
from storyflower.recipe import TrainingRecipe
from storyflower.recipe_parts import SCRATCH
from storyflower.reports.markdown import cell, markdown_table
from storyflower.reports.pages import slice_value
from storyflower.reports.results_table import headings, results_table
from storyflower.reports.row_table import RARE_COLUMNS, rare_label_table
from storyflower.training.progress import Adaptation

CARD_FOLDER = "model_card"
WEAKEST = 5
"""Slices that are listed, by rising accuracy."""
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
_ENVIRONMENT.globals["say"] = say
_ENVIRONMENT.filters |= {
    "cell": cell,
    "json": lambda value: json.dumps(value, ensure_ascii=False),
    "interval": lambda interval: f"{interval.low:.3f}–{interval.high:.3f}",
    "number": "{:,}".format,
    "score": "{:.3f}".format,
    "percent": "{:.1%}".format,
}


def without_front_matter(card: str) -> str:
    """The card without its YAML block, which only Hugging Face's hub reads."""
    return card.split("---\n", 2)[2].lstrip()


def model_card(
    corpus: Corpus,
    assessment: Assessment,
    recipe: TrainingRecipe,
    model_digest: str,
    *,
    model_name: str,
    has_tokenizer: bool,
    is_weighted: bool,
    adapted: Adaptation | None = None,
    choice: Choice | None = None,
) -> str:
    """The card as Markdown with front matter.

    Args:
        corpus: the corpus of the training.
        assessment: the figures of the evaluation.
        recipe: the recipe of the training.
        model_digest: SHA-256 (hex) of the model's files.
        model_name: the name under which the model is registered.
        has_tokenizer: whether the model directory has a `tokenizer.json`, so that Transformers alone can load it.
        is_weighted: whether the model weights its labels (`ModelFormat.label_weights`).
        adapted: how the encoder was adapted before; None if it was not.
        choice: how the recipe was chosen by a sweep; None if it was not.
    """
    table, calibration = results_table(assessment), assessment.calibration
    encoder = recipe.encoder.encoder
    on_hub = names_a_hub_model(encoder)
    known = KNOWN_ENCODERS.get(encoder)
    return _ENVIRONMENT.get_template("model_card.md.j2").render(
        name=f"storyflower-{recipe.name}",
        base_model=encoder if on_hub else None,
        # Of a directory the name alone: a path of this machine does not belong in a card.
        encoder=encoder if on_hub or encoder == SCRATCH else Path(encoder).name,
        licence=known.licence if known and known.licence else say("card.licence_unknown"),
        digests={"training": corpus.training_digest, "validation": corpus.validation_digest, "model": model_digest},
        sources=corpus.sources,
        counts={split: corpus.counts[split] for split in SPLITS},
        balance=_balance(corpus),
        labels=corpus.label_map.names,
        rare_labels=markdown_table([say(column) for column in RARE_COLUMNS], rare_label_table(corpus.rare_labels))
        if corpus.rare_labels
        else None,
        recipe=recipe.flat(),
        text_columns=recipe.data.text_columns,
        example={column: [_UTTERANCE] for column in recipe.data.text_columns},
        model_name=model_name,
        has_tokenizer=has_tokenizer,
        is_weighted=is_weighted,
        adapted=adapted,
        model=assessment.model,
        baseline=assessment.baseline,
        table=table,
        labels_table=markdown_table(headings(), (row.cells for row in table.rows)),
        weakest=_weakest(assessment.slices),
        calibration=calibration,
        coverage=[point for point in calibration.coverage if round(point.threshold, 2) in _THRESHOLDS],
        behaviour=assessment.behaviour,
        bf16=assessment.bf16,
        choice=choice,
    )


def _balance(corpus: Corpus) -> dict[str, list[int]]:
    """Examples of each label in train, dev and validation."""
    counted = corpus.frame.groupby(["label", "split"]).size()
    return {
        name: [int(counted.get((number, split), 0)) for split in SPLITS]
        for number, name in enumerate(corpus.label_map.names)
    }


def _weakest(slices: Sequence[Slice]) -> list[Slice]:
    """The least accurate slices that are not small, named in the language in force."""
    by_accuracy = sorted((part for part in slices if not part.small), key=lambda part: part.accuracy)
    return [
        replace(part, by=say(f"slice.{part.by}"), value=slice_value(part.by, part.value))
        for part in by_accuracy[:WEAKEST]
    ]
