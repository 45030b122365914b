"""What a registry keeps: nothing with an alias or a past as champion goes, and what goes takes its files along."""

from pathlib import Path

import pytest
from mlflow.entities.model_registry import ModelVersion

from storyflower.data.labels import MAJORS
from storyflower.promotion import retention
from storyflower.promotion.alias import CHALLENGER, CHAMPION
from storyflower.promotion.history import Move, record_move
from storyflower.promotion.retention import drop_refused_versions, needed_by_versions, refused_versions
from storyflower.registry.versions import ask, register_version
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client, experiment_id
from tests.homes import current_home

FIRST_CHAMPION, BY_HAND, OLD, OLDER_KEPT, NEWEST, NOT_JUDGED = range(6)


@pytest.fixture
def versions(model_directory: Path) -> list[ModelVersion]:
    """A champion, a refused one that a person made champion for a while, three more refused, one not judged."""
    with tracked_run(current_home(), "test", {}) as run:
        made = [
            register_version(run, model_directory, MAJORS, {"model_digest": f"m{n}", "corpus_digest": f"c{n}"})
            for n in range(6)
        ]
    for n, version in enumerate(made[:NOT_JUDGED]):
        promoted = str(n == FIRST_CHAMPION).lower()
        client(current_home()).set_model_version_tag(DEFAULT_MODEL, version.version, "promoted", promoted)
    client(current_home()).set_registered_model_alias(DEFAULT_MODEL, CHAMPION, made[FIRST_CHAMPION].version)
    client(current_home()).set_registered_model_alias(DEFAULT_MODEL, CHALLENGER, made[NEWEST].version)
    record_move(current_home(), Move("promotion", "1", str(made[BY_HAND].version), "person", "a try"))
    return made


def test_only_refused_versions_without_an_alias_are_removed(versions: list[ModelVersion]) -> None:
    assert [found.number for found in refused_versions(current_home(), 0)] == ["3", "4"]
    old, kept = (
        Path(
            client(current_home())
            .get_model_version_download_uri(DEFAULT_MODEL, versions[n].version)
            .removeprefix("file://")
        )
        for n in (OLD, OLDER_KEPT)
    )
    assert old.is_dir()
    (listed,) = refused_versions(current_home(), 1)
    assert listed.size > 100_000

    assert drop_refused_versions(current_home(), 1) == [listed]
    assert {
        str(found.version) for found in client(current_home()).search_model_versions(f"name = '{DEFAULT_MODEL}'")
    } == {"1", "2", "4", "5", "6"}
    assert not old.exists()
    assert kept.is_dir()
    assert len(ask(current_home(), "@champion", ["오늘 정말 기뻤어"])) == 1
    assert len(ask(current_home(), versions[BY_HAND].version, ["오늘 정말 기뻤어"])) == 1
    assert drop_refused_versions(current_home(), 1) == []


def test_the_files_that_a_killed_pruning_left_go_with_the_next(
    versions: list[ModelVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(retention, "drop_unregistered_copies", killed)
        with pytest.raises(KeyboardInterrupt):
            drop_refused_versions(current_home(), 1)
    assert len(client(current_home()).search_model_versions(f"name = '{DEFAULT_MODEL}'")) == 5
    assert len(client(current_home()).search_logged_models([experiment_id(current_home())])) == 6
    assert drop_refused_versions(current_home(), 1) == []
    assert len(client(current_home()).search_logged_models([experiment_id(current_home())])) == 5
    assert len(ask(current_home(), "@champion", ["오늘 정말 기뻤어"])) == 1


def test_what_the_kept_versions_need_is_known(versions: list[ModelVersion]) -> None:
    assert needed_by_versions(current_home()).models == {f"m{n}" for n in range(6)}
    assert needed_by_versions(current_home(), besides=frozenset({"3"})).corpora == {"c0", "c1", "c3", "c4", "c5"}


def test_no_version_goes_while_a_training_is_under_way(versions: list[ModelVersion]) -> None:
    other = client(current_home()).create_run(experiment_id(current_home()))
    assert drop_refused_versions(current_home(), 0) == []
    client(current_home()).set_terminated(other.info.run_id)
    assert len(drop_refused_versions(current_home(), 0)) == 2


def test_an_empty_registry_has_nothing_to_remove() -> None:
    assert refused_versions(current_home(), 0) == []
    assert needed_by_versions(current_home()).models == frozenset()
