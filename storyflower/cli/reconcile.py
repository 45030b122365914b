"""`storyflower reconcile`: close the runs and end the servers that killed processes left behind."""

import os
import signal
from contextlib import suppress
from dataclasses import asdict

from rich.table import Column, Table
from rich.text import Text

from storyflower.cli.console import JsonOption, errors_as_messages, out, prepare_libraries, print_json
from storyflower.messages import say
from storyflower.processes import orphaned_servers
from storyflower.settings import settings
from storyflower.storage.home import Home


def reconcile(as_json: JsonOption = False) -> None:
    """Close the runs that killed processes left open, and end their temporary Prefect servers."""
    with errors_as_messages(as_json):
        prepare_libraries()

        from flows.access import use_prefect
        from flows.reconcile import reconcile as sweep_runs

        use_prefect()
        sweep = sweep_runs(Home.of(settings()))
        servers = end_orphaned_servers()
    if as_json:
        ended = [asdict(run) for run in sweep.ended]
        print_json({"ended": ended, "going_on": sweep.going_on, "servers_ended": servers})
        return
    if sweep.ended:
        names = (say(f"reconcile.{name}") for name in ("run", "flow_run", "closed_as"))
        table = Table(*names, Column(say("reconcile.why"), overflow="fold"))
        for run in sweep.ended:
            table.add_row(Text(f"{run.name} {run.run_id}"), run.flow_run_id or "", run.status, Text(run.reason))
        out.print(table)
    closed, going_on = len(sweep.ended), len(sweep.going_on)
    out.print(say("reconcile.summary", closed=closed, going_on=going_on, servers=len(servers)), soft_wrap=True)


reconcile.__doc__ = say("reconcile_help")  # what --help shows, in the language of the user


def end_orphaned_servers() -> list[int]:
    """End the temporary Prefect servers whose command is gone; their process ids."""
    servers = orphaned_servers()
    for pid in servers:
        with suppress(ProcessLookupError):  # another command, sweeping at the same moment, was faster
            os.kill(pid, signal.SIGTERM)
    return servers
