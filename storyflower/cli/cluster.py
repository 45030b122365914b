"""`storyflower cluster`: the servers that several machines share, on this machine."""

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len
from rich.text import Text

from storyflower.cli.console import err, errors_as_messages, out
from storyflower.messages import say
from storyflower.settings import settings

if TYPE_CHECKING:
    from storyflower.cluster.up import Cluster

cluster = typer.Typer(help=say("cluster_help"), no_args_is_help=True)


DatabasePort = Annotated[int, typer.Option(min=0, max=65535, help=say("cluster_database_port"), show_default=False)]
StorePort = Annotated[int, typer.Option(min=0, max=65535, help=say("cluster_store_port"), show_default=False)]
MlflowPort = Annotated[int, typer.Option(min=0, max=65535, help=say("cluster_mlflow_port"), show_default=False)]
PrefectPort = Annotated[int, typer.Option(min=0, max=65535, help=say("cluster_prefect_port"), show_default=False)]


@cluster.command(help=say("cluster_up_help"))
def up(
    database_port: DatabasePort = 0,
    store_port: StorePort = 0,
    mlflow_port: MlflowPort = 0,
    prefect_port: PrefectPort = 0,
) -> None:
    """Start everything and stay in the foreground until Ctrl-C."""
    with errors_as_messages(False):
        from storyflower.cluster.ports import Ports
        from storyflower.cluster.up import cluster as running_cluster

        ports = Ports(database_port, store_port, mlflow_port, prefect_port)
        with suppress(KeyboardInterrupt), running_cluster(settings().home, ports, _report) as running:
            _show(running)
            running.wait()
        err.print(say("cluster.ended"))


@cluster.command(help=say("cluster_env_help"))
def env() -> None:
    """Print the exports with which another terminal uses the cluster."""
    with errors_as_messages(False):
        from storyflower.cluster.state import running
        from storyflower.cluster.up import folder_of

        for name, value in running(folder_of(settings().home)).environment.items():
            typer.echo(f"export {name}={shlex.quote(value)}")


def _report(name: str) -> None:
    err.print(Text(say("cluster.starting", name=name), style="dim"), soft_wrap=True)


def _show(running: "Cluster") -> None:
    """What runs where: one line a service, since logs and addresses are copied whole."""
    head = (say("cluster.service"), say("cluster.address"), say("cluster.log"))
    rows = [(each.name, each.address, str(each.log)) for each in running.services]
    widths = [max(cell_len(row[place]) for row in (head, *rows)) for place in range(2)]
    for row in (head, *rows):
        cells = [cell + " " * (width - cell_len(cell) + 2) for cell, width in zip(row, widths, strict=False)]
        out.print(Text("".join(cells) + row[2], style="bold" if row is head else ""), soft_wrap=True)
    out.print(Text(say("cluster.usage", page=running.login_page.as_uri())), soft_wrap=True)
