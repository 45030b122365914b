"""Which stage each field of the recipe belongs to: what a stage keeps depends on it, and nothing else is made anew."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storyflower.data.workbook import FetchedFile
from storyflower.digests import digest_of
from storyflower.pipeline.baseline import depends_on as baseline_depends_on
from storyflower.pipeline.distillation import depends_on as teacher_depends_on
from storyflower.pipeline.encoder import scratch_depends_on
from storyflower.pipeline.finetune import depends_on as finetune_depends_on
from storyflower.pipeline.fold import FoldSpec
from storyflower.pipeline.ingest import depends_on as ingest_depends_on
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, TokensRef, WorkbooksRef
from storyflower.pipeline.normalize import depends_on as normalize_depends_on
from storyflower.pipeline.quality import depends_on as quality_depends_on
from storyflower.pipeline.tokenize import depends_on as tokenize_depends_on
from storyflower.recipe import KOBERT, TrainingRecipe
from storyflower.storage.entries import stage_key

OTHER_VALUES: dict[str, Any] = {
    "data.sheet": "Sheet2",
    "data.text_columns": ["문장"],
    "data.label_column": "감정",
    "data.fine_label_column": "세부",
    "data.label_set": "fine",
    "data.rare_labels": "leave_out",
    "data.max_rejected_share": 0.5,
    "data.max_uncompressed_mb": 1,
    "corpus.dev_share": 0.2,
    "corpus.split_seed": 7,
    "corpus.validation_share": 0.2,
    "text.max_len": 48,
    "text.bpe_dropout": 0.1,
    "text.nbest_size": 4,
    "text.max_unk_share": 0.5,
    "text.max_all_unk_share": 0.5,
    "text.max_truncated_share": 0.9,
    "encoder.encoder": "klue/bert-base",
    "encoder.revision": "v2",
    "encoder.scratch_vocab_size": 3000,
    "encoder.scratch_hidden_size": 64,
    "encoder.scratch_layers": 1,
    "encoder.adapt_epochs": 2,
    "encoder.adapt_learning_rate": 1e-3,
    "encoder.adapt_masked_share": 0.3,
    "training.epochs": 3,
    "training.min_steps": 500,
    "training.batch_size": 16,
    "training.learning_rate": 1e-4,
    "training.scale_rate": True,
    "training.weight_decay": 0.1,
    "training.layer_decay": 0.9,
    "training.warmup_share": 0.2,
    "training.dropout": 0.2,
    "training.max_grad_norm": 2.0,
    "training.seed": 7,
    "training.log_every": 7,
    "training.class_weights": True,
    "training.class_weight_power": 0.5,
    "training.class_weights_from": 0.5,
    "training.distillation": 0.5,
    "training.rdrop": 1.0,
    "training.decision": "macro_f1",
    "training.early_stopping_patience": 2,
    "training.precision": "fp32",
    "training.devices": 2,
    "training.nodes": 2,
    "promotion.better_by": "gain",
    "promotion.min_gain": 0.1,
    "promotion.max_recall_drop": 0.2,
    "promotion.beat_baseline": False,
    "promotion.max_ece": 0.3,
    "promotion.max_latency_ms": 900.0,
    "promotion.max_size_mb": 2048.0,
    "promotion.approval_hours": 12.0,
}

STAGES_OF: dict[str, set[str]] = {
    "data.sheet": {"ingest"},
    "data.text_columns": {"ingest", "finetune"},  # the model's directory holds the columns that it reads from a frame
    "data.label_column": {"ingest", "normalize"},  # the lists to mend name the column
    "data.fine_label_column": {"ingest"},
    "data.label_set": {"ingest", "normalize"},
    "data.rare_labels": {"normalize"},
    "data.max_rejected_share": set(),  # decides whether the run goes on
    "data.max_uncompressed_mb": {"ingest"},
    "corpus.dev_share": {"normalize"},
    "corpus.split_seed": {"normalize"},
    "corpus.validation_share": {"normalize"},
    "text.max_len": {"tokenize", "quality", "finetune"},
    "text.bpe_dropout": {"finetune"},
    "text.nbest_size": set(),  # without sampling there are no candidates to draw from
    "text.max_unk_share": set(),
    "text.max_all_unk_share": set(),
    "text.max_truncated_share": set(),
    "encoder.encoder": set(),  # known by the digest of its content
    "encoder.revision": set(),
    "encoder.scratch_vocab_size": {"encoder"},
    "encoder.scratch_hidden_size": {"encoder"},
    "encoder.scratch_layers": {"encoder"},
    "encoder.adapt_epochs": {"finetune"},  # the model's directory says how its encoder was adapted
    "encoder.adapt_learning_rate": set(),  # without epochs there is no adaptation
    "encoder.adapt_masked_share": set(),
    "training.epochs": {"finetune"},
    "training.min_steps": {"finetune"},
    "training.batch_size": {"finetune"},
    "training.learning_rate": {"finetune"},
    "training.scale_rate": {"finetune"},
    "training.weight_decay": {"finetune"},
    "training.layer_decay": {"finetune"},
    "training.warmup_share": {"finetune"},
    "training.dropout": {"finetune"},
    "training.max_grad_norm": {"finetune"},
    "training.seed": {"encoder", "finetune"},
    "training.log_every": set(),
    "training.class_weights": {"finetune"},
    "training.class_weight_power": set(),  # without class weights there is nothing to raise to it
    "training.class_weights_from": {"finetune"},
    "training.distillation": {"finetune"},
    "training.rdrop": {"finetune"},
    "training.decision": {"finetune"},
    "training.early_stopping_patience": {"finetune"},
    "training.precision": {"finetune"},
    "training.devices": {"finetune"},
    "training.nodes": {"finetune"},
    "promotion.better_by": set(),  # the gate judges anew in every run
    "promotion.min_gain": set(),
    "promotion.max_recall_drop": set(),
    "promotion.beat_baseline": set(),
    "promotion.max_ece": set(),
    "promotion.max_latency_ms": set(),
    "promotion.max_size_mb": set(),
    "promotion.approval_hours": set(),
}
"""The stages whose key a field is part of. A later stage follows by the content of what it is given."""


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {stage for stage in one if one[stage] != other[stage]}


@pytest.fixture
def corpus_of(recorded: Any) -> Callable[..., tuple[CorpusRef, TokensRef]]:
    """The recorded corpus with other texts or names of labels, and the tokens of the changed one."""
    corpus, tokens = recorded(CorpusRef, "normalize"), recorded(TokensRef, "tokenize")

    def of(
        training: str = "", validation: str = "", labels: tuple[str, ...] = ("기쁨", "슬픔")
    ) -> tuple[CorpusRef, TokensRef]:
        parts = {"training_digest": training, "validation_digest": validation, "labels": labels}
        content = {"content_digest": digest_of(list(parts.values()))}
        facts = corpus.facts.model_copy(update=parts | content)
        changed = corpus.model_copy(update={"facts": facts, "key": facts.content_digest})
        return changed, tokens.model_copy(update={"files": {"tokens.ids.npy": facts.content_digest}})

    return of


@pytest.fixture
def keys(tmp_path: Path, recorded: Any) -> Callable[[TrainingRecipe], dict[str, str]]:
    """The key of every stage for a recipe, all else being equal: even the token ids, as where no text is cut."""
    (tmp_path / "spiece.model").write_bytes(b"pieces")
    encoder = EncoderRef(directory=tmp_path, name="encoder", revision="local", digest="e")
    book = FetchedFile("a.xlsx", b"", "0" * 64)
    workbooks, corpus = recorded(WorkbooksRef, "ingest"), recorded(CorpusRef, "normalize")
    kept = recorded(TokensRef, "tokenize")

    def of(recipe: TrainingRecipe) -> dict[str, str]:
        tokenized = tokenize_depends_on(corpus, encoder, recipe)
        tokens = kept.model_copy(update={"key": stage_key(tokenized)})
        depends_on = {
            "ingest": ingest_depends_on({"training": [book], "validation": [book]}, recipe.data),
            "normalize": normalize_depends_on(workbooks, recipe),
            "encoder": scratch_depends_on(corpus, recipe),
            "tokenize": tokenized,
            "quality": quality_depends_on(corpus, tokens),
            "finetune": finetune_depends_on(corpus, tokens, encoder, recipe),
        }
        return {stage: stage_key(key) for stage, key in depends_on.items()}

    return of


def test_every_field_of_the_recipe_is_classified() -> None:
    assert set(STAGES_OF) == set(OTHER_VALUES) == KOBERT.flat().keys() - {"name"}


@pytest.mark.parametrize("field", OTHER_VALUES)
def test_a_field_changes_the_keys_of_its_stages_and_no_other(
    field: str, keys: Callable[[TrainingRecipe], dict[str, str]]
) -> None:
    before, after = keys(KOBERT), keys(KOBERT.with_changes({field: OTHER_VALUES[field]}))
    assert differing(before, after) == STAGES_OF[field]


def test_what_is_learned_does_not_depend_on_the_validation_workbook(tmp_path: Path, corpus_of: Any) -> None:
    encoder = EncoderRef(directory=tmp_path, name="encoder", revision="local", digest="e")
    (tmp_path / "spiece.model").write_bytes(b"pieces")
    recipe = KOBERT.with_changes({"distillation": 0.4})

    def keys_of(corpus: CorpusRef, tokens: TokensRef) -> dict[str, Any]:
        return {
            "encoder": scratch_depends_on(corpus, recipe),
            "teacher": teacher_depends_on(corpus),
            "finetune": finetune_depends_on(corpus, tokens, encoder, recipe),
            "fold": FoldSpec(corpus, tokens, encoder, recipe, 0, 5).key,
            "tokenize": tokenize_depends_on(corpus, encoder, recipe),
            "baseline": baseline_depends_on(corpus),
        }

    before = keys_of(*corpus_of())
    assert differing(before, keys_of(*corpus_of(validation="v"))) == {"tokenize", "baseline"}
    for learned in ({"training": "t"}, {"labels": ("가", "나")}):
        assert differing(before, keys_of(*corpus_of(**learned))) == set(before)


@pytest.mark.parametrize("weights", [{"class_weights": True}, {"class_weights_from": 0.5}])
def test_the_power_of_class_weights_counts_where_there_may_be_weights(
    weights: dict[str, Any], keys: Callable[[TrainingRecipe], dict[str, str]]
) -> None:
    weighted = KOBERT.with_changes(weights)
    assert keys(weighted)["finetune"] != keys(weighted.with_changes({"class_weight_power": 0.5}))["finetune"]


@pytest.mark.parametrize("field", ["adapt_learning_rate", "adapt_masked_share"])
def test_how_the_encoder_is_adapted_counts_where_it_is(
    field: str, keys: Callable[[TrainingRecipe], dict[str, str]]
) -> None:
    adapted = KOBERT.with_changes({"adapt_epochs": 2})
    changed = adapted.with_changes({field: OTHER_VALUES[f"encoder.{field}"]})
    assert keys(adapted)["finetune"] != keys(changed)["finetune"]
    assert keys(adapted)["encoder"] == keys(changed)["encoder"] == keys(KOBERT)["encoder"]


def test_refusing_rare_labels_gives_the_keys_of_versions_without_the_choice(recorded: Any) -> None:
    workbooks, book = recorded(WorkbooksRef, "ingest"), FetchedFile("a.xlsx", b"", "0" * 64)
    assert normalize_depends_on(workbooks, KOBERT).keys() == {
        *("version", "workbooks", "labels", "label_columns", "corpus", "lang")
    }
    assert ingest_depends_on({"training": [book], "validation": []}, KOBERT.data)["data"].keys() == {
        *("sheet", "text_columns", "label_column", "fine_label_column", "label_set", "max_uncompressed_mb")
    }


def test_the_candidates_of_sampling_count_where_there_is_sampling(
    keys: Callable[[TrainingRecipe], dict[str, str]],
) -> None:
    sampled = KOBERT.with_changes({"bpe_dropout": 0.1})
    assert keys(sampled)["finetune"] != keys(sampled.with_changes({"nbest_size": 4}))["finetune"]
