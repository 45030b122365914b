"""Is there anything to train: files on a disk, and a real MLflow store with a champion in it."""

from dataclasses import replace
from pathlib import Path

import pytest

from storyflower.errors import WorkbookError
from storyflower.messages import speaking
from storyflower.messages.sentences import as_written
from storyflower.model.encoder import write_scratch_encoder
from storyflower.pipeline.source import CorpusSource
from storyflower.promotion.alias import CHAMPION, champion_number
from storyflower.promotion.decisions import write_decision
from storyflower.promotion.gate import Decision
from storyflower.promotion.history import Kind, Move, record_move
from storyflower.promotion.lineage import Lineage, code_digest, lineage_of, what_changed
from storyflower.recipe import TINY
from storyflower.recipe_parts import SCRATCH, EncoderRecipe
from storyflower.settings import DEFAULT_MODEL
from storyflower.tracking.runs import tracked_run
from storyflower.tracking.store import client
from tests.homes import current_home

pytestmark = pytest.mark.usefixtures("in_english")

NOW = Lineage("t" * 64, "v" * 64, "r" * 64, "c" * 64, "e" * 64)


@pytest.fixture
def source(tmp_path: Path) -> CorpusSource:
    for folder in ("training", "validation"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.xlsx").write_bytes(folder.encode())
    return CorpusSource(training=str(tmp_path / "training"), validation=str(tmp_path / "validation"))


def judged(lineage: Lineage, *, promoted: bool, rejected: bool = False) -> str:
    """A run made of `lineage` that ended with a version of its own, held against the champion of that moment."""
    with tracked_run(current_home(), "test", lineage.tags) as run:
        if not client(current_home()).search_registered_models():
            client(current_home()).create_registered_model(DEFAULT_MODEL)
        artifacts = client(current_home()).get_run(run.run_id).info.artifact_uri
        version = client(current_home()).create_model_version(DEFAULT_MODEL, artifacts, run.run_id)
        reason = "better" if promoted else "not better"
        write_decision(
            run,
            version,
            Decision(promoted, as_written(reason), rejected=rejected, against=champion_number(current_home())),
        )
    if promoted:
        move_to(str(version.version))
    return str(version.version)


def move_to(version: str, kind: Kind = "promotion") -> None:
    """The alias on a version, and the move in the history."""
    former = champion_number(current_home())
    client(current_home()).set_registered_model_alias(DEFAULT_MODEL, CHAMPION, version)
    record_move(current_home(), Move(kind, former, version, "a person", "because"))


def test_without_a_champion_there_is_something_to_train() -> None:
    change = what_changed(current_home(), NOW)
    assert change.found
    assert change.champion is None


def test_what_the_champion_was_made_of_is_not_trained_again() -> None:
    judged(NOW, promoted=True)
    change = what_changed(current_home(), NOW)
    assert not change.found
    assert change.reason == "nothing changed since champion version 1 was trained"


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("training_sha256", "training workbooks"),
        ("validation_sha256", "validation workbooks"),
        ("recipe_digest", "recipe"),
        ("encoder_digest", "encoder"),
        ("code_digest", "code"),
        ("unlabelled_sha256", "files of texts without labels"),
    ],
)
def test_a_change_is_named(part: str, name: str) -> None:
    judged(NOW, promoted=True)
    change = what_changed(current_home(), replace(NOW, **{part: "other"}))
    assert change.found
    assert change.reason == f"changed since champion version 1: {name}"
    with speaking("ko"):
        korean = what_changed(current_home(), replace(NOW, **{part: "other"})).reason
    assert korean.startswith("챔피언 버전 1을(를) 학습한 이후 바뀐 것: ")


def test_a_refused_challenger_is_not_judged_every_night() -> None:
    judged(NOW, promoted=True)
    changed = replace(NOW, training_sha256="other")
    assert what_changed(current_home(), changed).found
    judged(changed, promoted=False)
    change = what_changed(current_home(), changed)
    assert not change.found
    assert "version 2 was made of the same" in change.reason
    assert "not better" in change.reason


def test_texts_without_labels_that_are_left_out_again_make_another_training() -> None:
    judged(NOW, promoted=True)
    without = replace(NOW, training_sha256="other")
    judged(replace(without, unlabelled_sha256="u" * 64), promoted=False)
    change = what_changed(current_home(), without)
    assert change.found
    assert change.reason == "changed since champion version 1: training workbooks"
    judged(without, promoted=False)
    assert not what_changed(current_home(), without).found


def test_the_tag_of_an_encoder_made_from_the_corpus_is_not_compared() -> None:
    """The flow sets it, while nothing but the corpus and the recipe decides such an encoder."""
    judged(NOW, promoted=True)
    scratch = replace(NOW, encoder_digest=None)
    assert not what_changed(current_home(), scratch).found
    judged(replace(NOW, training_sha256="other"), promoted=False)
    assert not what_changed(current_home(), replace(scratch, training_sha256="other")).found


def test_a_refused_challenger_is_judged_once_against_each_champion() -> None:
    judged(NOW, promoted=True)
    judged(replace(NOW, training_sha256="second"), promoted=True)
    third = replace(NOW, training_sha256="third")
    judged(third, promoted=False)
    assert not what_changed(current_home(), third).found

    move_to("1", "rollback")
    change = what_changed(current_home(), third)
    assert change.found
    assert change.reason.endswith("but was compared with another champion")
    judged(third, promoted=False)
    assert not what_changed(current_home(), third).found


def test_what_gave_way_or_was_rejected_is_not_judged_again_each_night() -> None:
    judged(NOW, promoted=True)
    second = replace(NOW, training_sha256="second")
    judged(second, promoted=True)
    rejected = replace(NOW, training_sha256="third")
    judged(rejected, promoted=False, rejected=True)

    move_to("1", "rollback")
    assert what_changed(current_home(), second).reason.endswith("(it was the champion before)")
    assert not what_changed(current_home(), second).found
    assert not what_changed(current_home(), rejected).found


def test_a_challenger_found_again_and_promoted_later_is_what_it_is_now_made_of() -> None:
    """Its own run has the former code digest; the run that decided on it last has the present one."""
    judged(NOW, promoted=True)
    judged(replace(NOW, training_sha256="other"), promoted=False)
    later = replace(NOW, training_sha256="other", code_digest="new")
    with tracked_run(current_home(), "test", later.tags) as run:
        write_decision(
            run,
            client(current_home()).get_model_version(DEFAULT_MODEL, "2"),
            Decision(True, as_written("better"), against="1"),
        )
    move_to("2")
    change = what_changed(current_home(), later)
    assert not change.found
    assert change.reason.endswith("(it is the champion)")


def test_without_a_champion_a_refused_first_model_is_not_trained_every_night() -> None:
    judged(NOW, promoted=False)
    change = what_changed(current_home(), NOW)
    assert (change.found, change.champion) == (False, None)
    assert change.reason.endswith("(decision: not better)")
    assert what_changed(current_home(), replace(NOW, training_sha256="other")).reason == "there is no champion yet"


def test_when_the_alias_was_removed_by_hand_a_challenger_gets_its_chance_and_the_champion_none() -> None:
    judged(NOW, promoted=True)
    challenger = replace(NOW, training_sha256="other")
    judged(challenger, promoted=False)
    client(current_home()).delete_registered_model_alias(DEFAULT_MODEL, CHAMPION)
    assert not what_changed(current_home(), NOW).found
    assert what_changed(current_home(), challenger).found


def test_a_run_that_failed_is_tried_again() -> None:
    judged(NOW, promoted=True)
    changed = replace(NOW, training_sha256="other")
    with pytest.raises(ValueError, match="broken"), tracked_run(current_home(), "test", changed.tags):
        raise ValueError("broken")
    assert what_changed(current_home(), changed).found


def test_a_champion_from_before_code_was_recorded_is_trained_again() -> None:
    judged(replace(NOW, code_digest=None), promoted=True)  # type: ignore[arg-type]
    assert what_changed(current_home(), NOW).reason.endswith(": code")


def test_names_and_order_of_workbooks_do_not_matter_but_content_does(source: CorpusSource) -> None:
    folder = Path(str(source.training))
    before = lineage_of(current_home(), source, TINY)
    assert lineage_of(current_home(), source, TINY) == before
    assert before.encoder_digest is None
    (folder / "one.xlsx").rename(folder / "renamed.xlsx")
    assert lineage_of(current_home(), source, TINY) == before

    (folder / "two.xlsx").write_bytes(b"more")
    several = lineage_of(current_home(), source, TINY)
    assert several.training_sha256 != before.training_sha256
    assert several.validation_sha256 == before.validation_sha256
    backwards = source.model_copy(update={"training": (str(folder / "two.xlsx"), str(folder / "renamed.xlsx"))})
    assert lineage_of(current_home(), backwards, TINY) == several


def test_recipe_and_encoder_are_part_of_it(source: CorpusSource, tmp_path: Path) -> None:
    texts = ["오늘 정말 기뻤어", "내일이 무서워", "친구가 떠나서 슬퍼"] * 20
    small = EncoderRecipe(encoder=SCRATCH, scratch_vocab_size=60, scratch_hidden_size=32, scratch_layers=1)
    recipe = TINY.with_changes({"encoder": str(tmp_path / "encoder")})
    digests = []
    for seed in (1, 2):
        write_scratch_encoder(texts, small, tmp_path / "encoder", seed=seed)
        digests.append(lineage_of(current_home(), source, recipe))
    one, other = digests
    assert one == replace(other, encoder_digest=one.encoder_digest)
    assert one.encoder_digest != other.encoder_digest
    assert lineage_of(current_home(), source, recipe.with_changes({"epochs": 9})).recipe_digest != one.recipe_digest


def test_the_code_is_known_by_its_content() -> None:
    assert code_digest() == code_digest()
    assert len(code_digest()) == 64


def test_an_empty_folder_is_one_clear_error(source: CorpusSource, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WorkbookError, match="empty"):
        lineage_of(current_home(), source.model_copy(update={"training": str(tmp_path / "empty")}), TINY)
