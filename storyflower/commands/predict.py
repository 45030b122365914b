"""`storyflower predict`: sentences in, emotions out."""

import sys
from typing import Annotated, Any

import pandas as pd
import typer
from rich.table import Table
from rich.text import Text

from storyflower.commands.console import out, prepare_libraries, print_json, told_plainly
from storyflower.errors import StoryFlowerError
from storyflower.messages import say
from storyflower.settings import DEMO_MODEL


def predict(
    sentences: Annotated[
        list[str] | None, typer.Argument(help="Sentences; without any, standard input is read, one a line.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="Version (`3`) or alias (`@champion`); of another registered model: `NAME@champion`.")
    ] = "@champion",
    threshold: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Answer 불확실 below this confidence, beside the best guess; off by default."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Tell the emotion of each sentence with the registered champion.

    storyflower predict "오늘 합격 소식을 들었어!" "내일 발표가 너무 떨려."

    cat sentences.txt | storyflower predict --json --threshold 0.6
    """
    with told_plainly(as_json):
        prepare_libraries()
        texts = _given(sentences)
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


def show_answers(texts: list[str], answers: pd.DataFrame) -> None:
    """One line a sentence: the label, its confidence, and the runner-up; of an unsure answer the best guess first."""
    from storyflower.serving.predictor import label_columns

    table = Table("문장", "감정", "확률", "다음")
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


def _given(sentences: list[str] | None) -> list[str]:
    """The sentences of the command line, else the non-blank lines of standard input."""
    if sentences:
        return sentences
    if sys.stdin.isatty():
        raise StoryFlowerError("no sentence was given", remedy='storyflower predict "오늘 정말 기뻤어."')
    lines = [line.strip() for line in sys.stdin.read().splitlines()]
    texts = [line for line in lines if line]
    if not texts:
        raise StoryFlowerError("standard input holds no sentence", remedy="Write one sentence a line.")
    return texts


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
