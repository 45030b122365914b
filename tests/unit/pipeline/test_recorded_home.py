"""A home of the commit before facts were typed: what its stages left is found under the same keys, and read.

The manifests in `tests/assets/manifests` are those of a training of the sample workbooks (400 and 120 rows).
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from storyflower.data.fetched_file import FetchedFile
from storyflower.pipeline import baseline, encoder, evaluate, finetune, ingest, normalize, quality, tokenize
from storyflower.pipeline.facts import ScratchEncoderFacts
from storyflower.pipeline.manifests import (
    CorpusRef,
    EncoderRef,
    EvaluationRef,
    ModelRef,
    QualityRef,
    TokensRef,
    WorkbooksRef,
)
from storyflower.pipeline.model_facts import BaselineFacts
from storyflower.recipe import TINY
from storyflower.storage.entries import StageRef, stage_key
from storyflower.text.loading import special_ids_of

KINDS: dict[str, type[Any]] = {
    "ingest": WorkbooksRef,
    "normalize": CorpusRef,
    "encoder": StageRef[ScratchEncoderFacts],
    "tokenize": TokensRef,
    "quality": QualityRef,
    "finetune": ModelRef,
    "baseline": StageRef[BaselineFacts],
    "evaluate": EvaluationRef,
}
RECIPE = TINY.with_changes({"epochs": 1})
FILES = {
    "training": "77cff88d857e1ade173745abba8bcc3976b64dc9db8376e04b2333bfd08f7c65",
    "validation": "bd5c87eb3e4c34f0583aafffc52fcfe4a6005665211a0b46cfef52a5c5a8a125",
}
ENCODER_DIGEST = "2e51e6152367dbc169992c132c04baf23a396107408ab1388b71fdb23c98f709"


@pytest.mark.parametrize(("stage", "kind"), KINDS.items())
def test_a_manifest_says_the_same_when_it_is_read_and_written_again(stage: str, kind: type[Any], recorded: Any) -> None:
    ref = recorded(kind, stage)
    written = json.loads(ref.model_dump_json(exclude={"directory"}))
    manifest = json.loads((Path(__file__).parents[2] / "assets" / "manifests" / f"{stage}.json").read_text("utf-8"))
    if stage == "tokenize":  # whose facts have changed since: the entry is read, and stays as it is
        manifest["facts"]["special_ids"] = asdict(special_ids_of(manifest["facts"]))
        del manifest["facts"]["word_mark_id"]
        manifest["facts"]["health"]["misfit"] = None
    if stage == "ingest":  # likewise
        for counts in (*manifest["facts"]["training"], *manifest["facts"]["validation"]):
            counts["rows_left"] = 0
    if stage == "normalize":
        manifest["facts"]["labels"] = []
    if stage == "finetune":
        manifest["facts"]["adapted"] = manifest["facts"]["precision"] = None
    if stage in {"normalize", "quality"}:
        manifest["facts"]["rare_labels"] = []
    assert written == json.loads(json.dumps(manifest))


def test_each_stage_looks_under_the_recorded_key(recorded: Any, tmp_path: Path) -> None:
    found = {stage: recorded(kind, stage) for stage, kind in KINDS.items()}
    corpus, tokens, model = found["normalize"], found["tokenize"], found["finetune"]
    (tmp_path / "spiece.model").write_bytes(b"pieces")
    scratch = EncoderRef(directory=tmp_path, name="scratch", revision="local", digest=ENCODER_DIGEST)
    books = {role: [FetchedFile(f"sample_{role.title()}.xlsx", b"", sha256)] for role, sha256 in FILES.items()}
    vocabulary = {"vocabulary": tokens.facts.vocabulary}  # of a file that is not recorded
    depends_on = {
        # whose versions were 4 and 3: the rows are judged again, with what counts as a fault or as the same text today
        "ingest": ingest.depends_on(books, RECIPE.data) | {"version": 4},
        "normalize": normalize.depends_on(found["ingest"], RECIPE) | {"version": 3},
        "encoder": encoder.scratch_depends_on(corpus, RECIPE),
        "tokenize": tokenize.depends_on(corpus, scratch, RECIPE) | vocabulary,
        # whose versions were 3: the pages of such a home are made again, with the words of today
        "quality": quality.depends_on(corpus, tokens) | {"version": 3},
        # whose version was 5, and which had the tokens of validation in it
        "finetune": finetune.depends_on(corpus, tokens, scratch, RECIPE) | {"version": 5, "tokens": tokens.digest},
        "baseline": baseline.depends_on(corpus),
        "evaluate": evaluate.depends_on(corpus, model) | {"version": 3},
    }
    assert {stage: stage_key(key) for stage, key in depends_on.items()} == {s: ref.key for s, ref in found.items()}
