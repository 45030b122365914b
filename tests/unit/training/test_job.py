"""A job fixes what decides the outcome when it is built, and keeps it on the way to a rank's process."""

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from storyflower.model.devices import Hardware
from storyflower.recipe_parts import TextRecipe
from storyflower.text.loading import load_sampling_tokenizer
from storyflower.training.loop import finetune
from storyflower.training.resampling import BpeDropout
from storyflower.training.training_job import TrainingJob

CPU = Hardware("cpu")


def test_the_fingerprint_is_of_the_weights_before_the_training(make_model, train, dev, recipe, tmp_path: Path):
    job = TrainingJob(make_model(), train, dev, replace(recipe, epochs=1), CPU, tmp_path)
    before = job.fingerprint
    finetune(job)
    assert job.fingerprint == before
    assert TrainingJob(job.model, train, dev, job.recipe, CPU, tmp_path).fingerprint != before


def test_targets_are_part_of_what_decides_the_outcome(make_model, train, dev, recipe, tmp_path: Path):
    plain, soft = (
        TrainingJob(make_model(), split, dev, recipe, CPU, tmp_path)
        for split in (train, replace(train, targets=np.full((len(train.labels), 3), 1 / 3, np.float32)))
    )
    assert plain.fingerprint != soft.fingerprint


def test_distilling_needs_the_targets_of_a_teacher(make_model, train, dev, recipe, tmp_path: Path):
    with pytest.raises(ValueError, match="targets"):
        TrainingJob(make_model(), train, dev, replace(recipe, distillation=0.5), CPU, tmp_path)


@pytest.mark.usefixtures("in_english")
def test_a_frequent_label_brings_class_weights_of_itself(make_model, train, dev, recipe, tmp_path: Path):
    """From its share on that the recipe names; below it the job is the one without them."""
    share = float(np.bincount(train.labels).max() / len(train.labels))
    recipe = replace(recipe, class_weight_power=0.5)
    changes = [{}, {"class_weights": True}, {"class_weights_from": share}, {"class_weights_from": share + 0.01}]
    plain, weighted, reached, missed = (
        TrainingJob(make_model(), train, dev, replace(recipe, **change), CPU, tmp_path) for change in changes
    )
    assert reached.fingerprint == weighted.fingerprint != plain.fingerprint
    assert np.array_equal(reached.class_weights, weighted.class_weights)
    assert missed.fingerprint == plain.fingerprint
    assert missed.class_weights is None
    (note,) = reached.plan(()).notes
    least, most = reached.class_weights.min(), reached.class_weights.max()
    assert note == f"class weights in the loss: {least:.2f} for the most frequent label, {most:.2f} for the rarest"
    assert missed.plan(()).notes == ()


def test_a_pickled_job_is_the_same_job(make_model, train, dev, recipe, encoder: Path, tmp_path: Path, same_weights):
    copied = shutil.copytree(encoder, tmp_path / "encoder")
    texts, tokenizer = ["오늘 아침에 정말 좋아"] * len(train.labels), load_sampling_tokenizer(copied)
    resample = BpeDropout(texts, tokenizer, TextRecipe(bpe_dropout=0.3), seed=5)
    shutil.rmtree(copied)  # another machine does not have it
    job = TrainingJob(make_model(), train, dev, recipe, CPU, tmp_path, resample)
    job.model.bert.pooler.dense.bias.data += 1e-3  # as after an epoch: the fingerprint is not computed again
    arrived = pickle.loads(pickle.dumps(job))  # noqa: S301 - written here
    assert arrived.fingerprint == job.fingerprint
    assert (arrived.recipe, arrived.hardware) == (recipe, CPU)
    assert arrived.resample(1).ids.tolist() == resample(1).ids.tolist()
    assert same_weights(arrived.model, job.model)


def test_bpe_dropout_depends_on_the_epoch_alone(encoder: Path):
    texts = ["오늘 아침에 정말 좋아", "짜증이 나서 소리쳤어"] * 20
    sampled = BpeDropout(texts, load_sampling_tokenizer(encoder), TextRecipe(bpe_dropout=0.5), seed=5)
    assert sampled(2).ids.tolist() == sampled(2).ids.tolist()
    assert len({tuple(sampled(epoch).ids.tolist()) for epoch in range(1, 9)}) > 1
