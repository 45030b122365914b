"""`storyflower announce`: report new workbooks to the Prefect server."""

from dataclasses import asdict

from storyflower.cli.console import JsonOption, err, errors_as_messages, out, prepare_libraries, print_json
from storyflower.messages import say


def announce(as_json: JsonOption = False) -> None:
    """Emit the event that there are new workbooks to the Prefect server."""
    with errors_as_messages(as_json):
        prepare_libraries()

        from flows.access import use_prefect
        from flows.announce import announce_corpus

        use_prefect()
        announced = announce_corpus()
        if as_json:
            print_json(asdict(announced))
            return
        names = ", ".join(announced.deployments)
        out.print(say("announce.done", event=announced.event, id=announced.id, deployments=names), soft_wrap=True)
        if not announced.has_worker:
            err.print("!", say("announce.no_worker"), style="yellow", soft_wrap=True)


announce.__doc__ = say("announce_help")  # what --help shows, in the language of the user
