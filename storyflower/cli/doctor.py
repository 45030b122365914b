"""`storyflower doctor`: check everything that a run needs, and report what to do about what is missing."""

import os
import shutil
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Column, Table
from rich.text import Text

from storyflower.cli.console import errors_as_messages, out, prepare_libraries, print_json
from storyflower.cli.installed import Finding, missing_packages, package_findings
from storyflower.disk_errors import chain_of
from storyflower.errors import StoryFlowerError, VersionFilesError
from storyflower.messages import problem, say
from storyflower.quoting import shown
from storyflower.server_access import auth_for
from storyflower.settings import settings
from storyflower.storage.home import Home

FREE_GIB_WANTED = 5


def doctor(as_json: Annotated[bool, typer.Option("--json", help=say("option_json"))] = False) -> None:
    """Look at everything that a training run needs; exit code 1 when something stands in its way."""
    with errors_as_messages(as_json):
        prepare_libraries()
        findings = [finding for look in LOOKS for finding in _found_by(look)]
    if as_json:
        print_json({"healthy": _healthy(findings), "findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    raise typer.Exit(0 if _healthy(findings) else 1)


doctor.__doc__ = say("doctor_help")  # what --help shows, in the language of the user


def _healthy(findings: list[Finding]) -> bool:
    return all(finding.state != "problem" for finding in findings)


def _found_by(look: Callable[[], list[Finding]]) -> list[Finding]:
    """The findings of one check; a library that cannot be imported is a finding, unless it is listed as missing."""
    try:
        return look()
    except ImportError as error:
        causes = [cause for cause in chain_of(error) if isinstance(cause, ImportError)]
        packages = [(cause.name or "").partition(".")[0] for cause in causes]
        if not {*packages}.isdisjoint(missing_packages()):
            return []
        name = next(filter(None, packages), look.__name__.strip("_"))
        return [Finding(name, "problem", str(causes[-1]), say("doctor.set_up"))]


def _device() -> list[Finding]:
    from storyflower.model.devices import choose_precision, find_hardware

    try:
        hardware = find_hardware(settings().device)
    except StoryFlowerError as error:
        return [Finding("device", "problem", error.problem, error.remedy)]
    return [
        Finding("device", "ok", hardware.describe()),
        Finding("precision", "ok", choose_precision(hardware, "auto")),
    ]


def _home() -> list[Finding]:
    name, home = "home", settings().home
    standing = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(standing, os.W_OK):
        return [Finding(name, "problem", say("doctor.unwritable", home=home), say("doctor.other_home"))]
    free = shutil.disk_usage(standing).free / 2**30
    moved = _moved()
    if free < FREE_GIB_WANTED:
        tight = say("doctor.free", home=home, free=f"{free:.1f}")
        return [*moved, Finding(name, "warning", tight, say("doctor.make_room", wanted=FREE_GIB_WANTED))]
    return [*moved, Finding(name, "ok", say("doctor.free", home=home, free=f"{free:.0f}"))]


def _moved() -> list[Finding]:
    """A finding where the home was moved or copied; a damaged database is reported by `_tracking`."""
    from storyflower.tracking.store_home import former_home

    try:
        former = former_home(Home.of(settings()))
    except StoryFlowerError:
        return []
    return [] if former is None else [Finding("home", "ok", say("home_has_moved", former=former, home=settings().home))]


def _shared_store() -> list[Finding]:
    from storyflower.storage.objects import FOLDER, Objects
    from storyflower.storage.shared_probe import require_conditional_writes

    name, address = "shared store", settings().store
    if address is None:
        return []
    try:
        require_conditional_writes(address)
    except StoryFlowerError as error:
        return [Finding(name, "problem", f"{error.where}: {error.problem}", error.remedy)]
    place = Objects(address).place
    folder = address.startswith(f"{FOLDER}://")
    return [Finding(name, "ok", say("doctor.shared_folder", place=place) if folder else place)]


def _encoder() -> list[Finding]:
    from storyflower.model.encoder import locate_encoder
    from storyflower.recipe import KOBERT

    recipe = KOBERT.on_machine(settings()).encoder
    try:
        place = locate_encoder(recipe)
    except StoryFlowerError as error:
        return [Finding("encoder", "warning", f"{recipe.encoder}: {error.problem}", error.remedy)]
    return [Finding("encoder", "ok", f"{recipe.encoder}: {place}")]


def _tracking() -> list[Finding]:
    from storyflower.tracking.store import experiment_id

    home = Home.of(settings())
    try:
        experiment_id(home)
        champion = _champion(home)
    except StoryFlowerError as error:
        return [Finding("mlflow store", "problem", error.problem, error.remedy)]
    return [Finding("mlflow store", "ok", home.mlflow_place), champion]


def _champion(home: Home) -> Finding:
    """The champion, and whether its files are what was registered; where the home can, they are put back."""
    from storyflower.promotion.alias import current_champion
    from storyflower.registry.version_files import intact_folder

    name, champion = "champion", current_champion(home)
    if champion is None:
        return Finding(name, "ok", say("doctor.no_champion"))
    try:
        place = intact_folder(home, champion)
    except VersionFilesError as error:
        return Finding(name, "problem", f"{error.where}: {error.problem}", error.remedy)
    return Finding(name, "ok", say("doctor.version", version=champion.version, place=place))


def _prefect() -> list[Finding]:
    import httpx

    url = os.environ.get("PREFECT_API_URL")
    if url is None:
        return [Finding("prefect", "ok", say("doctor.no_server"))]
    place = shown(url)
    user, _, password = (os.environ.get("PREFECT_API_AUTH_STRING") or auth_for(url, settings().home) or "").partition(
        ":"
    )
    try:
        answer = httpx.get(f"{url}/version", timeout=5, auth=(user, password) if user else None)
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            refused = problem(StoryFlowerError, "prefect_refuses", place, status=answer.status_code)
            return [Finding("prefect", "problem", f"{place}: {refused.problem}", refused.remedy)]
        answer.raise_for_status()
    except httpx.HTTPError as error:
        silent = say("doctor.server_silent", url=place, reason=error)
        return [Finding("prefect", "problem", silent, say("doctor.start_server"))]
    return [Finding("prefect", "ok", say("doctor.server_answers", url=place))]


_HEADINGS = {
    "device": "doctor.device",
    "precision": "doctor.precision",
    "home": "doctor.home",
    "encoder": "doctor.encoder",
    "mlflow store": "doctor.store",
    "shared store": "doctor.shared",
    "champion": "doctor.champion",
}
"""By the name of a finding, the code under which people read it; the others are names of products."""

LOOKS: tuple[Callable[[], list[Finding]], ...] = (
    package_findings,
    _device,
    _home,
    _shared_store,
    _encoder,
    _tracking,
    _prefect,
)


def _show(findings: list[Finding]) -> None:
    signs = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "problem": "[red]✗[/]"}
    table = Table(
        "",
        say("doctor.what"),
        Column(say("doctor.found"), overflow="fold"),
        Column(say("doctor.remedy"), overflow="fold"),
        box=None,
    )
    for finding in findings:
        heading = say(_HEADINGS[finding.name]) if finding.name in _HEADINGS else finding.name
        table.add_row(signs[finding.state], heading, Text(finding.value), Text(finding.remedy))
    out.print(table)
