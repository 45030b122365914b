"""A recipe that decides by macro-F1: the weights of the labels are fitted where the temperature is, and kept."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file

from storyflower.evaluation.calibration import tempered
from storyflower.evaluation.predictions import PREDICTIONS_FILE
from storyflower.model.decision import fit_label_weights
from storyflower.model.devices import Hardware
from storyflower.model.directory import read_format
from storyflower.pipeline.corpus import read_corpus
from storyflower.pipeline.encoder import prepare_encoder
from storyflower.pipeline.evaluate import evaluate_model
from storyflower.pipeline.finetune import finetune_encoder
from storyflower.pipeline.manifests import CorpusRef
from storyflower.pipeline.tokenize import tokenize_corpus
from storyflower.serving.predictor import load_predictor
from storyflower.storage.home import Home
from storyflower.training.objective import inverse_frequencies
from tests.unit.pipeline.conftest import RECIPE


def test_the_weights_are_those_of_the_development_split_and_the_evaluation_uses_them(
    corpus: CorpusRef, tmp_path: Path
) -> None:
    home, cpu = Home(tmp_path), Hardware("cpu")
    torch.set_num_threads(1)
    recipe = RECIPE.with_changes({"decision": "macro_f1"})
    encoder = prepare_encoder(home, corpus, recipe).value
    tokens = tokenize_corpus(home, corpus, encoder, recipe).value
    model = finetune_encoder(home, corpus, tokens, encoder, recipe, hardware=cpu).value
    predictor, loaded = load_predictor(model.path("model"), "cpu"), read_corpus(corpus)
    dev, train = loaded.split("dev"), loaded.split("train")
    logits = predictor.logits(predictor.tokenize(dev["text"].tolist()))
    fitted = fit_label_weights(
        tempered(logits, predictor.temperature), dev["label"].to_numpy(), train["label"].to_numpy()
    )
    assert read_format(model.path("model")).label_weights == fitted

    evaluation = evaluate_model(home, corpus, model, device="cpu").value
    table = pd.read_parquet(evaluation.path(PREDICTIONS_FILE))
    expected = predictor.predict(table["text"].tolist())
    assert table["predicted"].tolist() == expected["label"].tolist()
    np.testing.assert_allclose(table["confidence"], expected["confidence"], atol=1e-6)
    assert evaluation.facts.test.accuracy == (table["label"] == table["predicted"]).mean()


def test_class_weights_are_taken_out_of_a_model_that_decides_by_macro_f1(corpus: CorpusRef, tmp_path: Path) -> None:
    """It is the same training as with the most probable label, whose head alone differs: by the log of the weights."""
    home = Home(tmp_path)
    torch.set_num_threads(1)
    weighted = RECIPE.with_changes({"class_weights": True, "class_weight_power": 0.5})
    encoder = prepare_encoder(home, corpus, weighted).value
    tokens = tokenize_corpus(home, corpus, encoder, weighted).value
    models = [
        finetune_encoder(home, corpus, tokens, encoder, recipe, hardware=Hardware("cpu")).value
        for recipe in (weighted, weighted.with_changes({"decision": "macro_f1"}))
    ]
    before, after = (load_file(model.path("model") / "model.safetensors") for model in models)
    assert {name for name in before if not torch.equal(before[name], after[name])} == {"classifier.bias"}
    train = read_corpus(corpus).split("train")["label"].to_numpy()
    logs = np.log(inverse_frequencies(train, len(before["classifier.bias"]), 0.5))
    assert np.ptp(logs) > 0.1
    np.testing.assert_allclose((before["classifier.bias"] - after["classifier.bias"]).numpy(), logs, atol=1e-6)
