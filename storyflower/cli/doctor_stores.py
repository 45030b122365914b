"""What `storyflower doctor` looks at beyond the machine: the stores of runs, versions and stages, and Prefect."""

from storyflower.cli.installed import Finding
from storyflower.errors import StoryFlowerError, VersionFilesError
from storyflower.messages import say
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
        return [Finding.of(name, error)]
    place = Objects(address).place
    folder = address.startswith(f"{FOLDER}://")
    return [Finding(name, "ok", say("doctor.shared_folder", place=place) if folder else place)]


def tracking() -> list[Finding]:
    """Whether the MLflow store can be reached, and whether the champion's files are whole."""
    from storyflower.tracking.problems import known_errors
    from storyflower.tracking.store import experiment_id

    home = Home.of(settings())
    try:
        with known_errors(home):
            experiment_id(home)
            champion = _champion(home)
    except StoryFlowerError as error:
        return [Finding.of("mlflow store", error)]
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
        return Finding.of(name, error)
    return Finding(name, "ok", say("doctor.version", version=champion.version, place=place))


def prefect() -> list[Finding]:
    """Whether the Prefect server in Prefect's settings answers and accepts this user; fine where there is none."""
    try:
        from flows.access import server_place, server_url, use_prefect  # raises where the settings cannot be read

        if server_url() is None:
            return [Finding("prefect", "ok", say("doctor.no_server"))]
        use_prefect()
    except StoryFlowerError as error:
        return [Finding.of("prefect", error)]
    return [Finding("prefect", "ok", say("doctor.server_answers", url=server_place()))]
