"""The home folder, which holds the state of a process: the paths in it, and the MLflow store that belongs to it."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

from filelock import FileLock
from pydantic import SecretStr

from storyflower.redaction import split_login, without_secrets
from storyflower.settings import DEFAULT_MODEL, Settings, with_driver

_SQLITE = "sqlite:///"
_KNOWN_TO_MLFLOW = ("s3://", "gs://", "file://")
"""Beginnings of the addresses of shared stores in which MLflow keeps artifacts too."""
SWEEP_LOCK = "sweep"
"""Name of the lock that a sweep holds."""
CHOSEN_FOLDER = "chosen"
"""Of the records of what sweeps have chosen, beside their own folders."""


@dataclass(frozen=True)
class Home:
    """The folder of all local state. It is created once, from the settings or a path, and passed to the library.

    Creating a `Home` reads and writes nothing: the folder may be missing.
    """

    folder: Path
    tracking_uri: str | None = field(default=None, repr=False)
    """An MLflow tracking store to use instead of the SQLite file of the home; it may hold a password."""
    model: str = DEFAULT_MODEL
    """Name of the registered model that the functions of `registry` and `promotion` work on."""
    store: str | None = None
    """Address of the store that this home shares with others, such as `s3://bucket/prefix`."""
    studies: SecretStr | None = field(default=None, repr=False)
    """Address of the database of the trials of sweeps; None: a SQLite file in the folder of each sweep."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder).expanduser().absolute())

    @classmethod
    def of(cls, settings: Settings) -> "Home":
        """Return the home that the settings name."""
        return cls(settings.home, settings.tracking_uri, settings.model, settings.store, settings.studies)

    def with_model(self, name: str) -> "Home":
        """Return the same home with the registered model `name`."""
        return replace(self, model=name)

    @property
    def stages(self) -> Path:
        """Folder of the stage store."""
        return self.folder / "stages"

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints: one folder per training, named by the key of its stage."""
        return self.folder / "checkpoints"

    @property
    def downloads(self) -> Path:
        """Folder of the downloaded workbooks."""
        return self.folder / "downloads"

    @property
    def reports(self) -> Path:
        """Folder of the lists of refused rows, which users edit."""
        return self.folder / "reports"

    @property
    def scorings(self) -> Path:
        """Folder of the records of scorings: one file for each output, by which a repeated one is recognised."""
        return self.folder / "scorings"

    def corrections_of(self, model: str) -> Path:
        """The workbook of the corrections of a registered model's answers, made on the page of `storyflower serve`."""
        return self.folder / "corrections" / f"{model}.xlsx"

    @property
    def jobs(self) -> Path:
        """Folder of the files that are scored for the page: a folder a server, removed at its end."""
        return self.folder / "jobs"

    @property
    def sweeps(self) -> Path:
        """Folder of the sweeps: a folder a sweep, named by its key, and the record of what each has chosen."""
        return self.folder / "sweeps"

    @property
    def sample(self) -> Path:
        """Folder of the demo's workbooks."""
        return self.folder / "sample"

    @property
    def prefect(self) -> Path:
        """Prefect's own folder, unless the user has set another one."""
        return self.folder / "prefect"

    def lock(self, name: str) -> FileLock:
        """Return a lock for the processes that use this home; the folder is created if it is missing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self.folder / f"{name}.lock")

    @property
    def mlflow_database(self) -> Path:
        """The SQLite file of the home's own MLflow store."""
        return self.folder / "mlflow.db"

    @property
    def mlflow_artifacts(self) -> Path:
        """Folder of the artifacts in the home's own MLflow store."""
        return self.folder / "artifacts"

    @property
    def mlflow_uri(self) -> str:
        """The tracking URI in use; a server's without user and password, because MLflow's errors repeat the URI.

        For PostgreSQL it names a driver: psycopg where the setting names none.
        """
        uri = self.tracking_uri or sqlite_uri(self.mlflow_database)
        return split_login(uri)[2] if is_server(uri) else with_driver(uri)

    @property
    def mlflow_login(self) -> tuple[str, str] | None:
        """User and password in the address of a tracking server; None without them."""
        uri = self.tracking_uri or ""
        user, password, without = split_login(uri)
        return (unquote(user), unquote(password or "")) if is_server(uri) and without != uri else None

    @property
    def mlflow_place(self) -> str:
        """The tracking URI for messages, without secrets: a database's may hold a password, also in its query."""
        return without_secrets(self.mlflow_uri)

    @property
    def uses_postgres(self) -> bool:
        """Whether the MLflow store is a PostgreSQL database, and not a server in front of one."""
        return self.mlflow_uri.startswith("postgresql+")

    @property
    def artifacts_address(self) -> str | None:
        """The address of the artifacts of a new experiment; None if MLflow, or its server, decides.

        Other homes may use the same PostgreSQL database, so the artifacts are in the shared store if there is one in
        which MLflow can keep them.
        """
        if self.uses_postgres and self.store and self.store.startswith(_KNOWN_TO_MLFLOW):
            return f"{self.store}/{self.mlflow_artifacts.name}"
        return self.mlflow_artifacts.as_uri() if self.uses_local_store or self.uses_postgres else None

    @property
    def uses_local_store(self) -> bool:
        """Whether the home's own store is used: by default, and if the tracking URI names its file."""
        uri = self.tracking_uri
        return not uri or (uri.startswith(_SQLITE) and Path(uri[len(_SQLITE) :]).resolve() == self.mlflow_database)


def is_server(uri: str) -> bool:
    """Return whether a tracking URI is that of an MLflow server."""
    return uri.startswith(("http://", "https://"))


def sqlite_uri(database: Path) -> str:
    """Return the URI of a SQLite file for MLflow and SQLAlchemy, which decode no percent escapes in it."""
    return f"{_SQLITE}{database}"
