"""What `storyflower doctor` looks at beyond the machine: the stores of runs, versions and stages, and Prefect."""

import os

from storyflower.cli.installed import Finding
from storyflower.errors import StoryFlowerError, VersionFilesError
from storyflower.messages import problem, say
from storyflower.quoting import shown
from storyflower.server_access import auth_for
from storyflower.settings import settings
from storyflower.storage.home import Home


def shared_store() -> list[Finding]:
    """Whether the shared store can be reached and honours conditional writes; nothing where none is set."""
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


def tracking() -> list[Finding]:
    """Whether the MLflow store can be reached, and whether the champion's files are whole."""
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


def prefect() -> list[Finding]:
    """Whether the Prefect server of `PREFECT_API_URL` answers and accepts this user; fine where none is set."""
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
