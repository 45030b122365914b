"""`storyflower predict`: sentences in, emotions out."""

from typing import Annotated, Any

import pandas as pd
import typer
from rich.table import Table
from rich.text import Text

from storyflower.commands.console import out, prepare_libraries, print_json, told_plainly
from storyflower.commands.sentences import given_sentences
from storyflower.messages import say
from storyflower.settings import DEMO_MODEL


def predict(
    sentences: Annotated[list[str] | None, typer.Argument(help=say("predict_sentences"))] = None,
    model: Annotated[str, typer.Option(help=say("predict_model"))] = "@champion",
    threshold: Annotated[float | None, typer.Option(min=0, max=1, help=say("predict_threshold"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("predict_json"))] = False,
) -> None:
    """Answer the emotion of each sentence with the registered champion; the help stands in `predict_help`."""
    with told_plainly(as_json, exit_code=2):
        texts = given_sentences(sentences, model)
    with told_plainly(as_json):
        prepare_libraries()
        from storyflower.registry.versions import ask

        answers = ask(model, texts, threshold=threshold)
        if as_json:
            demo = {"demo": True} if _is_demo(model) else {}
            print_json({"model": model, "predictions": as_records(texts, answers)} | demo)
            return
        show_answers(texts, answers)
        if _is_demo(model):
            out.print(Text(say("demo.note"), style="yellow"), soft_wrap=True)


def _is_demo(model: str) -> bool:
    """Whether the answers are those of the demo's model."""
    from storyflower.registry.references import ModelReference

    return ModelReference.parse(model).name == DEMO_MODEL


predict.__doc__ = say("predict_help")


def show_answers(texts: list[str], answers: pd.DataFrame) -> None:
    """One line a sentence: the label, its confidence, and the runner-up; of an unsure answer the best guess first."""
    from storyflower.serving.predictor import label_columns

    table = Table(
        *(say("predict_column_sentence"), say("predict_column_label")),
        *(say("predict_column_confidence"), say("predict_column_next")),
    )
    for text, (_, answer) in zip(texts, answers.iterrows(), strict=True):
        first, second = sorted(label_columns(answers), key=lambda name: -answer[name])[:2]
        others = [second] if answer["label"] == first else [first, second]
        table.add_row(
            Text(text),
            Text(answer["label"]),
            f"{answer['confidence']:.1%}",
            Text(", ".join(f"{name} {answer[name]:.1%}" for name in others)),
        )
    out.print(table)


def as_records(texts: list[str], answers: pd.DataFrame) -> list[dict[str, Any]]:
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
