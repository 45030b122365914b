"""`storyflower prune`: remove what is old and no longer needed."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from storyflower.cli.console import JsonOption, errors_as_messages, out, prepare_libraries, print_json
from storyflower.messages import say
from storyflower.settings import settings
from storyflower.storage.home import Home


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("option_prune_dry_run"))] = False,
    as_json: JsonOption = False,
) -> None:
    """Remove what is old and needed by no version, by the policy of the settings."""
    with errors_as_messages(as_json):
        prepare_libraries()
        from storyflower.promotion.pruning import prune as apply_policy

        machine = settings()
        policy = {"keep_days": machine.keep_days, "keep_rejected": machine.keep_rejected}
        report = apply_policy(Home.of(machine), **policy, dry_run=dry_run)
        if as_json:
            print_json(report.model_dump(mode="json") | {"bytes": report.bytes})
            return
        if report.pruned:
            table = Table(say("prune.what"), say("prune.which"), "MiB", say("prune.days"))
            for item in report.pruned:
                table.add_row(
                    say(f"prune.{item.kind}"), item.name, f"{item.bytes / 2**20:,.1f}", f"{item.idle_days:,.0f}"
                )
            out.print(table)
        shown = say("prune.policy", days=machine.keep_days, versions=machine.keep_rejected)
        out.print(Text(f"{report.summary} {shown}"), soft_wrap=True)


prune.__doc__ = say("prune_help")  # what --help shows, in the language of the user
