"""`storyflower serve`: the registered champion behind a REST API."""

import json
import logging
import os
import sys
import webbrowser
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from storyflower.cli.console import err, errors_as_messages, out, prepare_libraries, show_progress_of_stages
from storyflower.errors import RecipeError
from storyflower.messages import problem, say
from storyflower.ports import open_port
from storyflower.server_access import LOOPBACK
from storyflower.settings import Settings, settings
from storyflower.storage.home import Home

if TYPE_CHECKING:  # with it come PyTorch and MLflow
    from storyflower.app.service import Service

_EXAMPLE = {"texts": ["오늘 정말 기뻤어."]}


def serve(
    model: Annotated[str, typer.Option(metavar="NAME@ALIAS", help=say("serve_model"))] = "@champion",
    host: Annotated[str, typer.Option(help=say("serve_host"))] = LOOPBACK[0],
    port: Annotated[int, typer.Option(min=0, max=65535, help=say("serve_port"))] = 8000,
    threshold: Annotated[float | None, typer.Option(min=0, max=1, help=say("serve_threshold"))] = None,
    show: Annotated[bool, typer.Option("--open", help=say("serve_open"))] = False,
) -> None:
    """Answer by REST; the help stands in `serve_help`."""
    with errors_as_messages(False):
        chosen = settings()
        if host not in LOOPBACK and chosen.api_key is None:
            raise problem(RecipeError, "serve_key_needed", f"--host {host}", host=host)
        _prepare()
        from storyflower.app import server

        with open_port(host, port, "serve_port_taken") as listener:
            url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
            err.print(Text(say("serve.loading", model=model), style="dim"), soft_wrap=True)
            service = _service(chosen, model, host, threshold)
            from storyflower.app.build import application

            app = application(service)
            _announce(service, url, with_key=chosen.api_key is not None)
            if show and _has_display():
                webbrowser.open(url)
            server.serve(app, listener, service.traffic)
        err.print(say("serve.ended"))


serve.__doc__ = say("serve_help")


def _prepare() -> None:
    """The log of the server, and short waits for the registry: it is looked at every two seconds anyway."""
    for name, value in {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}.items():
        os.environ.setdefault(name, value)
    prepare_libraries()
    show_progress_of_stages()
    logging.getLogger("uvicorn").propagate = True


def _service(chosen: Settings, model: str, host: str, threshold: float | None) -> "Service":
    from storyflower.app.access import Access, hosts_of
    from storyflower.app.service import service_of
    from storyflower.registry.references import ModelReference

    home = Home.of(chosen)
    key = chosen.api_key.get_secret_value() if chosen.api_key else None
    hosts = hosts_of(host, LOOPBACK, chosen.more_addresses) if host in LOOPBACK else None
    reference = ModelReference.parse(model, home.model)
    return service_of(home, reference, Access(hosts, key), threshold=threshold, device=chosen.device)


def _announce(service: "Service", url: str, *, with_key: bool) -> None:
    """The address, and what to try."""
    version = service.follower.current()
    out.print(
        Text(say("serve.ready", url=url, name=version.name, version=version.version), style="bold"), soft_wrap=True
    )
    if version.demo:
        out.print(Text(say("demo.note"), style="yellow"), soft_wrap=True)
    key = ' -H "Authorization: Bearer $STORYFLOWER_API_KEY"' if with_key else ""
    body = json.dumps(_EXAMPLE, ensure_ascii=False)
    command = f"curl {url}/predict -H 'Content-Type: application/json'{key} -d '{body}'"
    out.print(Text(say("serve.try", command=command, url=url)), soft_wrap=True)
    sys.stdout.flush()


def _has_display() -> bool:
    """Whether a browser could be seen: without one a text browser would take the terminal."""
    return sys.platform in ("darwin", "win32") or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())
