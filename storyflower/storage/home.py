"""Where a process keeps its state: the home folder, the paths in it, and the MLflow store that belongs to it."""

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from filelock import FileLock

from storyflower.redaction import split_login, without_secrets
from storyflower.settings import DEFAULT_MODEL, Settings

_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Home:
    """The folder of all local state. It is made once, from the settings or from a path, and handed to the library.

    Nothing is read or written when a `Home` is made: the folder may be missing.
    """

    folder: Path
    tracking_uri: str | None = None
    """Another MLflow tracking store than the SQLite file of the home."""
    model: str = DEFAULT_MODEL
    """Name of the registered model that the functions of `registry` and `promotion` work on."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder).expanduser().absolute())

    @classmethod
    def of(cls, settings: Settings) -> "Home":
        """The home that the settings name."""
        return cls(settings.home, settings.tracking_uri, settings.model)

    def with_model(self, name: str) -> "Home":
        """The same home, to work on the registered model `name`."""
        return replace(self, model=name)

    @property
    def stages(self) -> Path:
        """Folder of the stage store."""
        return self.folder / "stages"

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints: one folder a training, named by the key of its stage."""
        return self.folder / "checkpoints"

    @property
    def downloads(self) -> Path:
        """Folder of the workbooks that were fetched from other machines."""
        return self.folder / "downloads"

    @property
    def reports(self) -> Path:
        """Folder of the lists of refused rows, for people to edit."""
        return self.folder / "reports"

    @property
    def scorings(self) -> Path:
        """Folder of the records of scorings: one file for each output, by which a repeated one is recognised."""
        return self.folder / "scorings"

    @property
    def corrections(self) -> Path:
        """The workbook of the corrections made on the page of `storyflower serve`."""
        return self.folder / "corrections.xlsx"

    @property
    def jobs(self) -> Path:
        """Folder of the files that are scored for the page: a folder a server, removed at its end."""
        return self.folder / "jobs"

    @property
    def sample(self) -> Path:
        """Folder of the demo's workbooks."""
        return self.folder / "sample"

    @property
    def prefect(self) -> Path:
        """Prefect's own folder, where the user has set no other."""
        return self.folder / "prefect"

    def lock(self, name: str) -> FileLock:
        """A lock among the processes that work in this home; the folder is made where it is missing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / f"{name}.lock")

    @property
    def mlflow_database(self) -> Path:
        """The SQLite file of the home's own MLflow store."""
        return self.folder / "mlflow.db"

    @property
    def mlflow_artifacts(self) -> Path:
        """Folder of the artifacts when the store is the home's own."""
        return self.folder / "artifacts"

    @property
    def mlflow_uri(self) -> str:
        """The tracking URI in force, a server's without user and password: MLflow's errors repeat it word for word."""
        uri = self.tracking_uri or sqlite_uri(self.mlflow_database)
        return split_login(uri)[2] if is_server(uri) else uri

    @property
    def mlflow_login(self) -> tuple[str, str] | None:
        """User and password of a tracking server whose address holds them."""
        uri = self.tracking_uri or ""
        user, password, without = split_login(uri)
        return (unquote(user), unquote(password or "")) if is_server(uri) and without != uri else None

    @property
    def mlflow_place(self) -> str:
        """The tracking URI as people may see it: a database's holds a password too, at times in its query."""
        return without_secrets(self.mlflow_uri)

    @property
    def uses_local_store(self) -> bool:
        """Whether the home's own store is in force: by default, and where the tracking URI names its file."""
        uri = self.tracking_uri
        return not uri or (uri.startswith(_SQLITE) and Path(uri[len(_SQLITE) :]).resolve() == self.mlflow_database)


def is_server(uri: str) -> bool:
    """Whether a tracking URI is that of an MLflow server."""
    return uri.startswith(("http://", "https://"))


def sqlite_uri(database: Path) -> str:
    """The address by which MLflow and SQLAlchemy open a SQLite file, which they take word for word."""
    return f"{_SQLITE}{database}"
