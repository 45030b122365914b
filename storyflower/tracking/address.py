"""Validates the address of the MLflow store before MLflow uses it: for most unusable ones MLflow has no message."""

import re

from storyflower.errors import TrackingError
from storyflower.messages import problem
from storyflower.storage.home import Home, is_server
from storyflower.store_probe import is_http_address

_FOLDER = re.compile(r"file:.*|(?!databricks)[^:]*")
_SQLITE_FILE = re.compile(r"sqlite(\+pysqlite)?:///.+")


def require_address(home: Home) -> None:
    """Refuse a tracking URI that names neither a server nor a database in which the registry works.

    MLflow itself keeps nothing in folders any more, and the locks of the registry exist for SQLite and PostgreSQL only.
    An address of PostgreSQL is looked at by `tracking.database`, which SQLAlchemy tells what is wrong with it.

    Raises:
        TrackingError: with what is possible.
    """
    uri = home.mlflow_uri
    fits = is_http_address(uri) if is_server(uri) else home.uses_postgres or _SQLITE_FILE.fullmatch(uri)
    if fits:
        return
    code = "tracking_is_folder" if _FOLDER.fullmatch(uri) else "tracking_address_unfit"
    raise problem(TrackingError, code, home.mlflow_place)
