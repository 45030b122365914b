"""`storyflower announce`: tell the Prefect server that there are new workbooks."""

from typing import Annotated

import typer

from storyflower.commands.console import from_above, out, prepare_libraries, print_json, told_plainly


def announce(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say that there are new workbooks: emits the event `storyflower.corpus.updated` to the Prefect server.

    The deployment `retrain` of prefect.yaml is triggered by it, and looks at its locations at once instead of at night.
    """
    with told_plainly(as_json):
        prepare_libraries()
        event, event_id = from_above("storyflower.events", "announce")()
        if as_json:
            print_json({"event": event, "id": event_id})
        else:
            out.print(f"{event} is announced (event {event_id})", soft_wrap=True)
