"""`storyflower doctor`: check everything that a run needs, and report what to do about what is missing."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

import typer
from rich.table import Column, Table
from rich.text import Text

from storyflower.cli.console import JsonOption, errors_as_messages, out, prepare_libraries, print_json
from storyflower.cli.doctor_stores import prefect, shared_store, tracking
from storyflower.cli.installed import Finding, missing_packages, package_findings
from storyflower.disk_errors import require_writable
from storyflower.errors import StorageError, StoryFlowerError, causes
from storyflower.messages import say
from storyflower.settings import settings
from storyflower.storage.home import Home

FREE_GIB_WANTED = 5


def doctor(as_json: JsonOption = False) -> None:
    """Look at everything that a training run needs; exit code 1 when something stands in its way."""
    with errors_as_messages(as_json):
        with suppress(StorageError):  # of a home that cannot be made: a finding, as it is everywhere below
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
        missing = [cause for cause in causes(error) if isinstance(cause, ImportError)]
        packages = [(cause.name or "").partition(".")[0] for cause in missing]
        if not {*packages}.isdisjoint(missing_packages()):
            return []
        name = next(filter(None, packages), look.__name__.strip("_"))
        return [Finding(name, "problem", str(missing[-1]), say("doctor.set_up"))]


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
    try:
        require_writable(home)
    except StorageError as error:
        return [Finding.of(name, error)]
    free = shutil.disk_usage(home).free / 2**30
    moved = _moved()
    if free < FREE_GIB_WANTED:
        tight = say("doctor.free", home=home, free=f"{free:.1f}")
        return [*moved, Finding(name, "warning", tight, say("doctor.make_room", wanted=FREE_GIB_WANTED))]
    return [*moved, Finding(name, "ok", say("doctor.free", home=home, free=f"{free:.0f}"))]


def _moved() -> list[Finding]:
    """A finding where the home was moved or copied; a damaged database is reported by `tracking`."""
    from storyflower.tracking.store_home import former_home

    try:
        former = former_home(Home.of(settings()))
    except StoryFlowerError:
        return []
    return [] if former is None else [Finding("home", "ok", say("home_has_moved", former=former, home=settings().home))]


def _encoder() -> list[Finding]:
    from storyflower.model.encoder import locate_encoder
    from storyflower.recipe import BEST

    recipe = BEST.on_machine(settings()).encoder
    try:
        place = locate_encoder(recipe)
    except StoryFlowerError as error:
        return [Finding("encoder", "warning", f"{recipe.encoder}: {error.problem}", error.remedy)]
    return [Finding("encoder", "ok", f"{recipe.encoder}: {place}")]


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
    shared_store,
    _encoder,
    tracking,
    prefect,
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
