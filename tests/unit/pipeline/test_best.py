"""The recommended preset trained as a whole, but for its sizes: what its fields promise holds when all are set."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from storyflower.evaluation.calibration import fit_temperature, tempered
from storyflower.evaluation.predictions import PREDICTIONS_FILE
from storyflower.model.decision import fit_label_weights
from storyflower.model.devices import find_hardware
from storyflower.model.directory import read_format
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.encoder import prepare_encoder
from storyflower.pipeline.evaluate import evaluate_model
from storyflower.pipeline.finetune import finetune_encoder
from storyflower.pipeline.history import read_history
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.tokenize import tokenize_corpus
from storyflower.recipe import BEST
from storyflower.registry.versions import ask, register_version
from storyflower.serving.predictor import load_predictor
from storyflower.storage.stages import StageStore
from storyflower.tracking.runs import tracked_run
from storyflower.training.objective import inverse_frequencies
from storyflower.training.progress import EpochRecord
from tests.homes import current_home
from tests.unit.pipeline.conftest import RECIPE

SIZES = {"batch_size": 8, "epochs": 2, "min_steps": 300}
SMALL = BEST.model_copy(update={"encoder": RECIPE.encoder, "data": RECIPE.data}).with_changes(SIZES)


@pytest.mark.slow
def test_the_preset_best_keeps_all_its_promises_together(skewed: CorpusRef) -> None:
    torch.set_num_threads(1)
    home, cpu = current_home(), find_hardware("cpu")
    encoder = prepare_encoder(home, skewed, SMALL).value
    tokens = tokenize_corpus(home, skewed, encoder, SMALL).value
    model = finetune_encoder(home, skewed, tokens, encoder, SMALL, hardware=cpu).value
    loaded = read_corpus(skewed)
    train, dev = (loaded.split(split) for split in ("train", "dev"))
    labels = train["label"].to_numpy()
    assert np.bincount(labels).max() / len(labels) >= BEST.training.class_weights_from

    history = read_history(model, EpochRecord)
    epochs = math.ceil(SIZES["min_steps"] / math.ceil(len(train) / SIZES["batch_size"]))
    assert len(history) == epochs > SIZES["epochs"]
    peak = BEST.training.learning_rate * 768 / 32
    assert 0.9 * peak < max(record.learning_rate for record in history) <= peak
    assert len(StageStore(home).entries("distillation")) == 1

    # The same training but for the decision keeps the class weights: they are taken out of the last bias alone.
    kept = SMALL.with_changes({"decision": "probability"})
    weighted = finetune_encoder(home, skewed, tokens, encoder, kept, hardware=cpu).value
    before, after = (load_file(one.path("model") / "model.safetensors") for one in (weighted, model))
    assert {name for name in before if not torch.equal(before[name], after[name])} == {"classifier.bias"}
    logs = np.log(inverse_frequencies(labels, 6, BEST.training.class_weight_power))
    np.testing.assert_allclose((before["classifier.bias"] - after["classifier.bias"]).numpy(), logs, atol=1e-6)

    predictor, form = load_predictor(model.path("model"), "cpu"), read_format(model.path("model"))
    logits = predictor.logits(predictor.tokenize(dev["text"].tolist()))
    assert form.temperature == fit_temperature(logits, dev["label"].to_numpy())
    fitted = fit_label_weights(tempered(logits, form.temperature), dev["label"].to_numpy(), labels)
    assert form.label_weights == fitted != ()

    evaluation = evaluate_model(home, skewed, model, device="cpu").value
    with tracked_run(home, "test", {}) as run:
        number = register_version(run, model.path("model"), form.labels, {"model_digest": model.digest}).version
    table = pd.read_parquet(evaluation.path(PREDICTIONS_FILE))
    for answers in (predictor.predict(table["text"].tolist()), ask(home, number, table["text"].tolist())):
        assert answers["label"].tolist() == table["predicted"].tolist()
        np.testing.assert_allclose(answers["confidence"], table["confidence"], atol=1e-6)
    most_probable = np.array(form.labels)[predictor.probabilities(table["text"].tolist()).argmax(axis=1)]
    assert (most_probable != table["predicted"]).any()
