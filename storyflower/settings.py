"""The settings of this machine, read from `STORYFLOWER_*`; they are never part of a recipe."""

import re
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from storyflower.errors import RecipeError
from storyflower.messages import problem, say
from storyflower.redaction import holds_secret
from storyflower.validation_words import what_is_wrong

DEFAULT_MODEL = "storyflower-kobert"
"""The name under which models are registered."""
DEMO_MODEL = "storyflower-demo"
"""The name under which the demo registers: its model never competes with those of real workbooks."""
_MISREAD = re.compile(r"\?|%[0-9A-Fa-f]{2}")
"""Characters that MLflow splits at or decodes in the addresses of a home, in places twice, so that quoting fails."""

_STORE = re.compile(r"(?:s3|gs|az)://[^/\s]+(?:/\S*)?|file:///.+")
"""Addresses of shared stores."""

_POSTGRES = re.compile(r"postgresql\+psycopg://\S+/\S+")
"""Addresses of databases of PostgreSQL, with their driver."""
_MODEL_NAME = re.compile(r"[^/:@\s]+")
_WITHOUT_DRIVER = re.compile(r"postgres(?:ql)?(?=://)")


class Settings(BaseSettings):
    """Locations and devices; every field can be set as `STORYFLOWER_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="STORYFLOWER_", env_ignore_empty=True, frozen=True)

    home: Path = Field(Path(".storyflower"), description="Folder of all local state.")
    tracking_uri: str | None = Field(
        None,
        description="MLflow tracking store; a SQLite file under `home` when empty.",
        validation_alias=AliasChoices("STORYFLOWER_TRACKING_URI", "MLFLOW_TRACKING_URI"),
    )
    model: str = Field(
        DEFAULT_MODEL,
        description="Name of the registered model: each has versions, a champion and a history of its own.",
    )
    encoder: str | None = Field(None, description="Encoder directory or hub id that replaces the default KoBERT.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="Where to train and predict.")
    compile: Literal["auto", "on", "off"] = Field(
        "auto", description="Whether the model is compiled before it is trained; `auto`: where the training is long."
    )
    keep_days: int = Field(30, ge=1, description="Days after which a cache, checkpoint or download unused is pruned.")
    keep_rejected: int = Field(5, ge=0, description="Versions refused by the gate that are kept; older are pruned.")
    store: str | None = Field(
        None,
        description="Address of a store that several machines share, such as `s3://bucket/prefix`: results of stages "
        "and checkpoints go there too. Needs the extra `[s3]`.",
    )
    studies: SecretStr | None = Field(
        None,
        description="Database of the trials of sweeps, such as `postgresql://user:password@host/database`, for sweeps "
        "on several machines; a SQLite file under `home` when empty.",
    )
    lang: Literal["ko", "en"] = Field("ko", description="Language of messages about data.")
    api_key: SecretStr | None = Field(
        None, description="What clients of `storyflower serve` have to send as `Authorization: Bearer KEY`."
    )
    server_addresses: str = Field(
        "",
        description="Further addresses of `make server` and `storyflower serve`, such as that of a tunnel or a "
        "proxy, separated by commas: `http://127.0.0.1:9000,https://prefect.example.org`.",
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        """The whole path; not one that MLflow would read as another: `?` begins a query, `%41` stands for `A`."""
        home = home.expanduser().resolve()
        misread = _MISREAD.search(str(home))
        if misread:
            raise ValueError(say("setting.home_misread", home=home, characters=misread[0]))
        return home

    @field_validator("model")
    @classmethod
    def _plain_name(cls, name: str) -> str:
        """A name that no reference to a version (`models:/name/3`, `name@champion`) is read as."""
        if not is_model_name(name):
            raise ValueError(say("setting.model_unfit", name=name))
        return name

    @field_validator("store")
    @classmethod
    def _shared_address(cls, store: str | None) -> str | None:
        """An address of a supported kind, with a bucket, and without credentials, which the environment provides."""
        if store is None:
            return None
        if holds_secret(store):
            raise ValueError(say("setting.store_secret"))
        if not _STORE.fullmatch(store):
            raise ValueError(say("setting.store_unfit", store=store))
        return store.rstrip("/")

    @field_validator("studies")
    @classmethod
    def _database(cls, studies: SecretStr | None) -> SecretStr | None:
        """The address of a database of PostgreSQL, with psycopg 3 as the driver; it is not repeated if it is wrong."""
        if studies is None:
            return None
        address = with_driver(studies.get_secret_value())
        if not _POSTGRES.fullmatch(address):
            raise ValueError(say("setting.studies_unfit"))
        return SecretStr(address)

    @property
    def more_addresses(self) -> tuple[str, ...]:
        """`server_addresses`, one by one, as browsers write an origin: without a `/` at the end."""
        return tuple(address.strip().rstrip("/") for address in self.server_addresses.split(",") if address.strip())


def is_model_name(name: str) -> bool:
    """Whether a registered model may have this name."""
    return _MODEL_NAME.fullmatch(name) is not None


def with_driver(address: str) -> str:
    """The address of a database, of PostgreSQL with psycopg 3 where it names no driver; others as they are.

    SQLAlchemy does not know the scheme `postgres`, and takes psycopg2 for `postgresql`.
    """
    found = _WITHOUT_DRIVER.match(address)
    return f"postgresql+psycopg{address[found.end() :]}" if found else address


def settings() -> Settings:
    """The settings in force now; read anew at each call so that tests and workers can change the environment.

    Raises:
        RecipeError: a `STORYFLOWER_*` variable has a value that cannot work.
    """
    try:
        return Settings()
    except ValidationError as error:
        reason = "; ".join(f"STORYFLOWER_{str(e['loc'][0]).upper()}: {what_is_wrong(e)}" for e in error.errors())
        raise problem(RecipeError, "setting_unfit", "environment", reason=reason) from None
