"""What the stages hand to each other: where files are, their digests, and facts, one type for each kind of content."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from storyflower.digests import digest_of
from storyflower.model.integrity import model_digest_of
from storyflower.pipeline.facts import AdaptFacts, CorpusFacts, QualityFacts, TokensFacts, WorkbooksFacts
from storyflower.pipeline.model_facts import EvaluationFacts, FoldsFacts, ModelFacts
from storyflower.storage.entries import StageRef
from storyflower.training.progress import Adaptation

NORMALIZE_STAGE = "normalize"
"""The stage of corpora."""
ADAPTED_FOLDER = "encoder"
"""Of the encoder in an entry of the stage `adapt`."""


class WorkbooksRef(StageRef[WorkbooksFacts]):
    """Usable rows of every workbook, and the rows set aside."""


class CorpusRef(StageRef[CorpusFacts]):
    """Texts, labels, splits and provenance."""

    @property
    def digest(self) -> str:
        """Digest of texts, labels and splits: the same when only the rows' places in the workbook differ."""
        return self.facts.content_digest

    @property
    def learned_digest(self) -> str:
        """Digest of what models learn from: texts, labels and splits without validation, and all names of labels.

        Early homes do not note the names: of their corpora it is the digest of everything.
        """
        facts = self.facts
        if not facts.labels:
            return facts.content_digest
        merged = {label.name: label.merged_into for label in facts.rare_labels if label.merged_into}
        return digest_of([facts.training_digest, facts.labels, merged])

    @property
    def digests(self) -> frozenset[str]:
        """Both, by which registered versions know the corpus that they learned from."""
        return frozenset({self.digest, self.learned_digest})


class EncoderRef(BaseModel):
    """A BERT directory with its vocabulary: the user's own, downloaded, or made from the corpus."""

    model_config = ConfigDict(frozen=True)

    directory: Path
    name: str
    revision: str
    """The hub's commit, or `local`."""
    digest: str
    """Of configuration, weights and vocabulary."""
    adapted: Adaptation | None = None
    """How it was adapted; None if it was not."""


class AdaptRef(StageRef[AdaptFacts]):
    """An adapted encoder, in `encoder/`, and its training history."""

    def encoder(self, base: EncoderRef) -> EncoderRef:
        """The adapted encoder, under the name of the one that it was made of."""
        prefix = f"{ADAPTED_FOLDER}/"
        files = {name.removeprefix(prefix): sha for name, sha in self.files.items() if name.startswith(prefix)}
        adapted = Adaptation(self.facts.texts, self.facts.unlabelled, self.facts.last.epoch)
        changes = {"directory": self.path(ADAPTED_FOLDER), "digest": digest_of(files), "adapted": adapted}
        return base.model_copy(update=changes)


class TokensRef(StageRef[TokensFacts]):
    """Token ids of every example of the corpus, in its order."""


class QualityRef(StageRef[QualityFacts]):
    """The data-quality report."""


class ModelRef(StageRef[ModelFacts]):
    """A fine-tuned Hugging Face directory, `model/`, and its training history."""

    @property
    def digest(self) -> str:
        """Digest of the model alone: the history holds timings."""
        return model_digest_of(self.model_files)

    @property
    def model_files(self) -> dict[str, str]:
        """The SHA-256 of the files of the model directory, by their names in it."""
        return model_files(self.files)


def model_files(files: Mapping[str, str]) -> dict[str, str]:
    """The files of the model directory (name in it to SHA-256) among those of an entry of the stage `finetune`."""
    prefix = "model/"
    return {name.removeprefix(prefix): sha256 for name, sha256 in files.items() if name.startswith(prefix)}


class EvaluationRef(StageRef[EvaluationFacts]):
    """Figures, predictions, plots and pages of a model on the validation workbook."""


class FoldsRef(StageRef[FoldsFacts]):
    """Figures, plot and page of a cross-validation."""
