"""Logs the data sets of a run to MLflow: name, digest, schema and counts, not the rows."""

import json
from pathlib import PurePosixPath

from mlflow.data.code_dataset_source import CodeDatasetSource
from mlflow.data.pandas_dataset import from_pandas
from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.exceptions import MlflowException

from storyflower.data.corpus import TRAINING_SPLITS, Corpus
from storyflower.tracking.runs import TrackedRun
from storyflower.tracking.store import client

_CONTEXT = "mlflow.data.context"
"""The tag in which MLflow's pages show the use of a data set."""
_LONGEST_DIGEST, _LONGEST_NAME = 36, 500
"""The numbers of characters that MLflow keeps."""


def log_datasets(run: TrackedRun, corpus: Corpus) -> None:
    """Log the training examples (with those held out of them) and the validation examples as inputs of the run."""
    inputs = [
        _input(corpus, "training", TRAINING_SPLITS, corpus.training_digest),
        _input(corpus, "validation", ("validation",), corpus.validation_digest),
    ]
    try:
        client(run.home).log_inputs(run.run_id, inputs)
    except MlflowException as error:
        # MLflow looks for a data set before it inserts one: another run may have inserted the same in between
        if "unique constraint" not in str(error).lower():
            raise
        client(run.home).log_inputs(run.run_id, inputs)


def _input(corpus: Corpus, role: str, splits: tuple[str, ...], digest: str) -> DatasetInput:
    frame = corpus.frame.loc[corpus.frame["split"].isin(splits), ["text", "label"]]
    frame = frame.assign(label=[corpus.label_map.names[number] for number in frame["label"]])
    files = [PurePosixPath(source.workbook.replace("\\", "/")).name for source in corpus.sources if source.role == role]
    source = CodeDatasetSource({"mlflow.source.name": files[0]})
    name = ", ".join(files)[:_LONGEST_NAME]
    described = from_pandas(frame, source=source, name=name, digest=digest[:_LONGEST_DIGEST])
    entity = Dataset(**json.loads(described.to_json()))
    return DatasetInput(dataset=entity, tags=[InputTag(_CONTEXT, role)])
