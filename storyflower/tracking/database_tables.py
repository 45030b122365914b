"""Lets MLflow create its tables in a PostgreSQL database, one process on all machines at a time.

MLflow itself guards this among the processes of one machine only. It changes the tables in one transaction, so that
they are complete as soon as they have the newest revision, also after an interruption.
"""

import logging

from mlflow import MlflowClient
from sqlalchemy import Connection, text

from storyflower.messages import say
from storyflower.storage.home import Home
from storyflower.tracking.advisory_lock import transaction_lock
from storyflower.tracking.database import database_errors, own_session
from storyflower.tracking.store_database import newest_revision

log = logging.getLogger(__name__)

_RECORDED = text("SELECT to_regclass('alembic_version')")
_REVISION = text("SELECT version_num FROM alembic_version")


def make_tables(home: Home) -> None:
    """Connect to the database, and create MLflow's tables unless they are there.

    Raises:
        TrackingError: the database cannot be used.
        MlflowException: another release of MLflow has created the tables.
    """
    # It logs a traceback of each connection that is lost; the error that it raises has the reason.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
    with own_session(home) as session, database_errors(home):
        complete = _has_tables(session)
    if complete:
        return
    with transaction_lock(home, "storyflower tables", _say_busy), database_errors(home):
        MlflowClient(home.mlflow_uri, home.mlflow_uri).search_registered_models(max_results=1)  # both of its stores


def _has_tables(session: Connection) -> bool:
    """Return whether the tables are those of the installed release of MLflow."""
    if session.execute(_RECORDED).scalar() is None:
        return False
    return [revision for (revision,) in session.execute(_REVISION)] == [newest_revision()]


def _say_busy(holder: str) -> None:
    log.warning(say("lock_wait.tables", holder=holder))
