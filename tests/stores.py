"""Empty MLflow databases for homes: MLflow takes two seconds for each, so that one is made and copied."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path


class CopiedTables:
    """In the place of `store_database.create_tables`: a copy of the database that it made for the first home."""

    def __init__(self, create: Callable[[Path, str], None], folder: Path) -> None:
        self._create, self._made = create, folder / "mlflow.db"

    def __call__(self, database: Path, artifacts: str) -> None:
        if not self._made.exists():
            self._create(self._made, artifacts)
        shutil.copyfile(self._made, database)
        with closing(sqlite3.connect(database)) as store, store:
            changed = store.execute("UPDATE experiments SET artifact_location = ?", (f"{artifacts}/0",))
            assert changed.rowcount == 1  # MLflow's own experiment alone
