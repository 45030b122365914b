"""`storyflower demo`: the whole pipeline on sample workbooks, on any laptop."""

from typing import Annotated

import typer
from rich.text import Text

from storyflower.commands.console import err, out, prepare_libraries, print_json, told_plainly
from storyflower.commands.predict import as_records, show_answers
from storyflower.commands.train import run_flow
from storyflower.manifests import CorpusSource, RegisteredVersion
from storyflower.recipe import TINY
from storyflower.settings import settings

SENTENCES = [
    "드디어 바라던 회사에 합격했어! 정말 기쁘고 행복해.",
    "내일 수술인데 혹시 잘못될까 봐 잠이 안 와.",
    "믿었던 친구가 뒤에서 내 험담을 하고 다녔더라.",
]


def demo(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False) -> None:
    """Write sample workbooks, train the tiny model on them, register it and let it answer three sentences.

    Needs no GPU, no account and no download. The model only shows the machinery: its corpus is made of templates.
    Run it twice: the second run reuses every stage.
    """
    with told_plainly(as_json):
        prepare_libraries()
        from storyflower.data.sample import write_sample_workbooks

        folder = settings().home / "sample"
        training, validation = write_sample_workbooks(folder)
        err.print(Text(f"sample workbooks: {training.name}, {validation.name} in {folder}", "dim"), soft_wrap=True)
        source = CorpusSource(training=str(training), validation=str(validation))
        result: RegisteredVersion = run_flow("train", source, TINY)

        from storyflower.registry.versions import ask

        answers = ask("@champion", SENTENCES)
        if as_json:
            print_json(result.model_dump(mode="json") | {"predictions": as_records(SENTENCES, answers)})
            return
        from storyflower.commands.summary import show_summary

        show_summary(result)
        out.print(
            f"\n[bold]The champion answers[/] (version {result.model_version if result.promoted else 'of before'})"
        )
        show_answers(SENTENCES, answers)
