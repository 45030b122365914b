"""`storyflower demo`: the whole pipeline on sample workbooks, on any laptop."""

from rich.text import Text

from storyflower.cli.console import JsonOption, err, errors_as_messages, out, prepare_libraries, print_json
from storyflower.cli.flow_process import flow_process
from storyflower.cli.model_option import registered_as
from storyflower.cli.predict import as_records, show_answers
from storyflower.messages import say
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TINY
from storyflower.settings import DEMO_MODEL, settings
from storyflower.storage.home import Home

RECIPE = TINY.with_changes({"beat_baseline": True})
"""On as many dialogues as the sample has the tiny model beats the baseline; on few of your own it may not."""
SENTENCES = [
    "드디어 바라던 회사에 합격했어! 정말 기쁘고 행복해.",
    "내일 수술인데 혹시 잘못될까 봐 잠이 안 와.",
    "믿었던 친구가 뒤에서 내 험담을 하고 다녀서 상처받았어.",
]


def demo(as_json: JsonOption = False) -> None:
    """The whole pipeline on sample workbooks; the demo's model answers three sentences."""
    with errors_as_messages(as_json), registered_as(DEMO_MODEL):
        prepare_libraries()
        from storyflower.sample.corpus import write_sample_workbooks

        home = Home.of(settings())
        folder = home.sample
        training, validation = write_sample_workbooks(folder)
        written = say("demo.workbooks", training=training.name, validation=validation.name, folder=folder)
        err.print(Text(written, "dim"), soft_wrap=True)
        source = CorpusSource(training=str(training), validation=str(validation))
        with flow_process(source, RECIPE):
            from flows.train import train

            result = train(source=source, recipe=RECIPE)

        from storyflower.registry.versions import ask

        champion = f"{DEMO_MODEL}@champion"
        answers = ask(home, champion, SENTENCES)
        if as_json:
            about = {"demo": True, "model": champion, "predictions": as_records(SENTENCES, answers)}
            print_json(result.model_dump(mode="json") | about)
            return
        from storyflower.cli.summary import show_summary

        show_summary(home, result)
        out.print(Text("\n" + say("demo.answers"), style="bold"))
        show_answers(SENTENCES, answers)
        out.print(Text(say("demo.note"), style="yellow"), soft_wrap=True)


demo.__doc__ = say("demo_help")  # what --help shows, in the language of the user
