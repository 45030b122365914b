"""`storyflower predict`: sentences in, emotions out."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from textwrap import indent
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from rich.table import Table
from rich.text import Text

from storyflower.cli.console import errors_as_messages, json_text, out, prepare_libraries
from storyflower.cli.progress import counting_bar, shown_when_slow
from storyflower.cli.sentences import given_sentences
from storyflower.messages import say
from storyflower.settings import DEMO_MODEL, settings
from storyflower.storage.home import Home

if TYPE_CHECKING:  # every command imports this module, and its help need not wait for pandas
    import pandas as pd

BATCH = 1000
"""Sentences that are answered and printed at a time, so that memory does not grow with their number."""

Answered: TypeAlias = "Iterator[tuple[list[str], pd.DataFrame]]"
"""Sentences with their answers, a batch at a time."""


def predict(
    sentences: Annotated[list[str] | None, typer.Argument(help=say("predict_sentences"))] = None,
    model: Annotated[str, typer.Option(help=say("predict_model"))] = "@champion",
    threshold: Annotated[float | None, typer.Option(min=0, max=1, help=say("predict_threshold"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("predict_json"))] = False,
) -> None:
    """Answer the emotion of each sentence with the registered champion; the help stands in `predict_help`."""
    with errors_as_messages(as_json, exit_code=2):
        texts = given_sentences(sentences, model)
    with errors_as_messages(as_json), closing(texts):
        prepare_libraries()
        from storyflower.registry.opened import open_version
        from storyflower.registry.references import ModelReference

        home = Home.of(settings())
        predictor = open_version(home, ModelReference.parse(model, home.model), device=settings().device).predictor
        batches = ((batch, predictor.predict(batch, threshold)) for batch in texts.batches(BATCH))
        with _progress(texts.count) as advance:
            if as_json:
                printed = _printed_as_json(batches, model)
            else:
                printed = _printed_as_tables(batches, model, predictor.label_weights)
            for answered in printed:
                advance(answered)


def _printed_as_tables(batches: Answered, model: str, label_weights: Sequence[float]) -> Iterator[int]:
    """Print a table for each batch; gives how many sentences were answered."""
    for texts, answers in batches:
        show_answers(texts, answers, label_weights)
        yield len(texts)
    if _is_demo(model):
        out.print(Text(say("demo.note"), style="yellow"), soft_wrap=True)


def _printed_as_json(batches: Answered, model: str) -> Iterator[int]:
    """Write one JSON object, as `print_json` would, while the answers come; gives how many sentences were answered."""
    separator = f'{{\n  "model": {json_text(model)},\n  "predictions": [\n'
    for texts, answers in batches:
        for record in as_records(texts, answers):
            sys.stdout.write(separator + indent(json_text(record), "    "))
            separator = ",\n"
        yield len(texts)
    demo = ',\n  "demo": true' if _is_demo(model) else ""
    sys.stdout.write(f"\n  ]{demo}\n}}\n")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error once it has taken two seconds, where that is a terminal and the answers go elsewhere."""
    bar = counting_bar(hidden=out.is_terminal)
    task = bar.add_task(say("predict_progress"), total=total)
    with shown_when_slow(bar):
        yield lambda answered: bar.advance(task, answered)


def _is_demo(model: str) -> bool:
    """Whether the answers are those of the demo's model."""
    from storyflower.registry.references import ModelReference

    return ModelReference.parse(model, settings().model).name == DEMO_MODEL


predict.__doc__ = say("predict_help")


def show_answers(texts: list[str], answers: "pd.DataFrame", label_weights: Sequence[float] = ()) -> None:
    """One line a sentence: label, confidence, and the label that would be answered next; of an unsure answer the best
    guess before it.

    Args:
        texts: the sentences.
        answers: to them, as `Predictor.predict` gives them.
        label_weights: those of the model, by which labels are preferred (see `decide`).
    """
    from storyflower.model.decision import runners_up
    from storyflower.serving.predictor import BEST_GUESS, label_columns

    table = Table(
        *(say("predict_column_sentence"), say("predict_column_label")),
        *(say("predict_column_confidence"), say("predict_column_next")),
    )
    labels, guesses = label_columns(answers), answers.get(BEST_GUESS, answers["label"])
    decided = guesses.map(labels.index).to_numpy(int)
    next_ones = runners_up(answers[labels].to_numpy(float), decided, label_weights)
    for text, best, second, (_, answer) in zip(texts, guesses, next_ones, answers.iterrows(), strict=True):
        others = [labels[second]] if answer["label"] == best else [best, labels[second]]
        table.add_row(
            Text(text),
            Text(answer["label"]),
            f"{answer['confidence']:.1%}",
            Text(", ".join(f"{name} {answer[name]:.1%}" for name in others)),
        )
    out.print(table)


def as_records(texts: list[str], answers: "pd.DataFrame") -> list[dict[str, Any]]:
    """The answers as `--json` prints them; `best_guess` where a threshold is in force."""
    from storyflower.serving.predictor import BEST_GUESS, label_columns

    guessed = [BEST_GUESS] if BEST_GUESS in answers else []
    return [
        {
            "text": text,
            "label": answer["label"],
            **{name: answer[name] for name in guessed},
            "confidence": float(answer["confidence"]),
            "probabilities": {name: float(answer[name]) for name in label_columns(answers)},
        }
        for text, (_, answer) in zip(texts, answers.iterrows(), strict=True)
    ]
