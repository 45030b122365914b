"""`storyflower doctor`: is everything here that a run needs, and what to do about what is not."""

import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Literal

import typer
from rich.table import Column, Table
from rich.text import Text

import storyflower
from storyflower.commands.console import out, prepare_libraries, print_json, told_plainly
from storyflower.errors import StoryFlowerError
from storyflower.recipe import KOBERT
from storyflower.settings import settings

PACKAGES = ("prefect", "fastapi", "sqlalchemy", "mlflow", "torch", "transformers", "sentencepiece", "pandas", "pandera")
FREE_GIB_WANTED = 5


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, whether it is well, and what to do if it is not."""

    name: str
    state: Literal["ok", "warning", "problem"]
    value: str
    remedy: str = ""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Say what is installed, which device would be used, and whether encoder, MLflow and Prefect are reachable.

    Exit code 0 when a training run can start, 1 when something stands in its way.
    """
    with told_plainly(as_json):
        prepare_libraries()
        findings = [finding for look in LOOKS for finding in look()]
    if as_json:
        print_json({"healthy": _healthy(findings), "findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    raise typer.Exit(0 if _healthy(findings) else 1)


def _healthy(findings: list[Finding]) -> bool:
    return all(finding.state != "problem" for finding in findings)


def _versions() -> list[Finding]:
    findings = [
        Finding("storyflower", "ok", storyflower.__version__),
        Finding("python", "ok", platform.python_version()),
    ]
    for package in PACKAGES:
        try:
            findings.append(Finding(package, "ok", version(package)))
        except PackageNotFoundError:
            findings.append(Finding(package, "problem", "not installed", "Run `make setup`."))
    return findings + _known_conflicts()


def _known_conflicts() -> list[Finding]:
    """Two releases that install without complaint and break Prefect."""
    release = {name: tuple(int(n) for n in version(name).split(".")[:2]) for name in ("fastapi", "sqlalchemy")}
    conflicts = []
    if release["fastapi"] >= (0, 151):
        remedy = "pip install -c constraints.txt fastapi"
        conflicts.append(Finding("fastapi", "problem", "0.151 and newer break the Prefect server", remedy))
    if release["sqlalchemy"] >= (2, 1):
        remedy = "pip install -c constraints.txt sqlalchemy"
        conflicts.append(Finding("sqlalchemy", "problem", "with 2.1 and newer no schedule fires", remedy))
    return conflicts


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
    home = settings().home
    standing = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(standing, os.W_OK):
        return [Finding("home", "problem", f"{home} cannot be written", "Set STORYFLOWER_HOME to a folder of yours.")]
    free = shutil.disk_usage(standing).free / 2**30
    if free < FREE_GIB_WANTED:
        return [Finding("home", "warning", f"{home}, {free:.1f} GiB free", "A run may need 5 GiB; make room.")]
    return [Finding("home", "ok", f"{home}, {free:.0f} GiB free")]


def _encoder() -> list[Finding]:
    from storyflower.model.encoder import locate_encoder

    recipe = KOBERT.on_machine(settings()).encoder
    try:
        place = locate_encoder(recipe)
    except StoryFlowerError as error:
        return [Finding("encoder", "warning", f"{recipe.encoder}: {error.problem}", error.remedy)]
    return [Finding("encoder", "ok", f"{recipe.encoder}: {place}")]


def _tracking() -> list[Finding]:
    from storyflower.registry.promotion import current_champion
    from storyflower.registry.tracking import experiment_id

    try:
        experiment_id()
        champion = current_champion()
    except StoryFlowerError as error:
        return [Finding("mlflow store", "problem", error.problem, error.remedy)]
    holder = f"version {champion.version}" if champion else "none yet"
    return [Finding("mlflow store", "ok", settings().mlflow_place), Finding("champion", "ok", holder)]


def _prefect() -> list[Finding]:
    import httpx

    url = os.environ.get("PREFECT_API_URL")
    if url is None:
        return [Finding("prefect", "ok", "no server set: each command starts one of its own")]
    try:
        httpx.get(f"{url}/health", timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        remedy = "Start it with `make server`, or unset PREFECT_API_URL."
        return [Finding("prefect", "problem", f"{url} does not answer: {error}", remedy)]
    return [Finding("prefect", "ok", f"{url} answers")]


LOOKS: tuple[Callable[[], list[Finding]], ...] = (_versions, _device, _home, _encoder, _tracking, _prefect)


def _show(findings: list[Finding]) -> None:
    signs = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "problem": "[red]✗[/]"}
    table = Table("", "what", Column("found", overflow="fold"), Column("what to do", overflow="fold"), box=None)
    for finding in findings:
        table.add_row(signs[finding.state], finding.name, Text(finding.value), Text(finding.remedy))
    out.print(table)
