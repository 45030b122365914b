"""`storyflower reconcile`: end what killed processes have left: open runs, and servers of nobody."""

import os
import signal
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Column, Table

from storyflower.commands.console import from_above, out, prepare_libraries, print_json, told_plainly
from storyflower.processes import orphaned_servers


def reconcile(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Close the runs that killed processes left open, and end the temporary Prefect servers that they left behind.

    A run is closed (KILLED in MLflow, Crashed in Prefect) when its process is gone; from another machine, when its
    flow run is over. Every training does this for its own home when it begins; the worker, when a flow's process dies.
    """
    with told_plainly(as_json):
        prepare_libraries()
        sweep = from_above("storyflower.flows", "reconcile")()
        servers = end_orphaned_servers()
    if as_json:
        ended = [asdict(run) for run in sweep.ended]
        print_json({"ended": ended, "going_on": sweep.going_on, "servers_ended": servers})
        return
    if sweep.ended:
        table = Table("run", "flow run", Column("why", overflow="fold"), title="closed as KILLED")
        for run in sweep.ended:
            table.add_row(f"{run.name} {run.run_id}", run.flow_run_id or "", run.reason)
        out.print(table)
    out.print(
        f"{len(sweep.ended)} runs closed, {len(sweep.going_on)} still going on, "
        f"{len(servers)} abandoned Prefect servers ended"
    )


def end_orphaned_servers() -> list[int]:
    """End the temporary Prefect servers whose command is gone; their process ids."""
    servers = orphaned_servers()
    for pid in servers:
        os.kill(pid, signal.SIGTERM)
    return servers
