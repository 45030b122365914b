"""The parts of a training recipe: plain frozen dataclasses, so that the engine runs where pydantic is not installed.

The line below each field is its description: pydantic reads it into the form that Prefect draws.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal

from storyflower.messages import say

LabelSet = Literal["major", "fine"] | tuple[str, ...]
Precision = Literal["auto", "fp32", "bf16", "fp16"]

SCRATCH = "scratch"

DEFAULT_ENCODER = "skt/kobert-base-v1"
PINNED_REVISIONS = {DEFAULT_ENCODER: "a9f5849fce18fb088f0cd0f9b29ec3f756958464"}
"""Commits of hub ids: the head of the main branch since 2021-07-01. Any other id is taken at `main`."""


def require(condition: bool, code: str, /, **values: Any) -> None:
    """Raise ValueError (pydantic turns it into a field error), in the language in force, unless `condition` holds."""
    if not condition:
        raise ValueError(say(code, **values))


class RecipePart:
    """What all parts share: pydantic refuses unknown fields and reads the field docstrings."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "use_attribute_docstrings": True}


@dataclass(frozen=True)
class DataRecipe(RecipePart):
    """Which cells of a workbook are read, and how many bad rows are tolerated."""

    sheet: str | None = None
    """Sheet to read; the workbook's first when empty."""
    text_columns: tuple[str, ...] = ("사람문장1", "사람문장2")
    """Columns joined with a blank into the text; blank cells are skipped."""
    label_column: str = "감정_대분류"
    """Column of the (major) label."""
    fine_label_column: str = "감정_소분류"
    """Column of the minor label; read only when the label set is `fine`."""
    label_set: LabelSet = "major"
    """`major` (6 emotions), `fine` (60 major/minor pairs), or the names of your own labels."""
    max_rejected_share: float = 0.05
    """Share of rows of a workbook (0 to 1) that may be set aside before the run fails."""
    max_uncompressed_mb: int = 2048
    """Largest uncompressed size of a workbook, in MiB: guards against zip bombs."""

    def __post_init__(self) -> None:
        require(len(self.text_columns) > 0, "field.no_column", field="text_columns")
        require(0 <= self.max_rejected_share <= 1, "field.between", field="max_rejected_share", low=0, high=1)
        require(self.max_uncompressed_mb > 0, "field.positive", field="max_uncompressed_mb")
        if not isinstance(self.label_set, str):
            require(len(set(self.label_set)) == len(self.label_set) >= 2, "field.labels", field="label_set")


@dataclass(frozen=True)
class CorpusRecipe(RecipePart):
    """How the development split, and where wanted the validation split, are held out of the training workbooks."""

    dev_share: float = 0.1
    """Share of the training examples (0 to 1) held out to choose the best epoch."""
    split_seed: int = 2026
    """Seed of the splits."""
    validation_share: float | None = None
    """Share of the training texts (0 to 1) held out for validation where no validation workbook is given."""

    def __post_init__(self) -> None:
        require(0 < self.dev_share < 0.5, "field.between", field="dev_share", low=0, high=0.5)
        share = self.validation_share
        require(share is None or 0 < share < 0.5, "field.between", field="validation_share", low=0, high=0.5)


@dataclass(frozen=True)
class TextRecipe(RecipePart):
    """How text becomes token ids, and when the tokenizer is refused."""

    max_len: int = 64
    """Longest sequence in tokens, [CLS] and [SEP] included."""
    bpe_dropout: float = 0.0
    """SentencePiece sampling (`alpha`) on training text, drawn anew each epoch; 0 switches it off. KoBERT's is a
    unigram model: there a small alpha varies the pieces more (0.1 strongly, 0.9 hardly)."""
    nbest_size: int = -1
    """SentencePiece sampling: candidates to draw from; -1 means all."""
    max_unk_share: float = 0.05
    """Share of [UNK] among the tokens (0 to 1) above which training is refused."""
    max_all_unk_share: float = 0.01
    """Share of texts that are nothing but [UNK] (0 to 1) above which training is refused."""
    max_truncated_share: float = 0.5
    """Share of texts cut at max_len (0 to 1) above which training is refused."""

    def __post_init__(self) -> None:
        require(4 <= self.max_len <= 512, "field.between", field="max_len", low=4, high=512)
        require(0 <= self.bpe_dropout < 1, "field.between", field="bpe_dropout", low=0, high=1)
        require(self.nbest_size == -1 or 2 <= self.nbest_size <= 512, "field.nbest", field="nbest_size")


@dataclass(frozen=True)
class EncoderRecipe(RecipePart):
    """Which pretrained encoder is fine-tuned."""

    encoder: str = ""
    """A local directory or a Hugging Face hub id with a BERT model and `spiece.model`; `scratch` trains a small one;
    empty: STORYFLOWER_ENCODER of the machine, else `skt/kobert-base-v1`."""
    revision: str = ""
    """Branch, tag or commit of the hub id; empty: the commit that StoryFlower pins for `skt/kobert-base-v1`, `main` for
    any other hub id. The commit it stood at is recorded with the run."""
    scratch_vocab_size: int = 2000
    """Pieces of the SentencePiece model trained on the corpus when the encoder is `scratch`."""
    scratch_hidden_size: int = 128
    """Hidden width when the encoder is `scratch`; must be a multiple of 32 (one head per 32)."""
    scratch_layers: int = 2
    """Layers when the encoder is `scratch`."""

    def __post_init__(self) -> None:
        require(self.encoder == "" or bool(self.encoder.strip()), "field.encoder", field="encoder")
        require(self.scratch_hidden_size % 32 == 0, "field.multiple", field="scratch_hidden_size", of=32)

    def scratch(self) -> dict[str, int]:
        """The fields that decide what an encoder from scratch is, by name."""
        return {name: value for name, value in asdict(self).items() if name.startswith("scratch_")}

    def resolved(self, default: str = DEFAULT_ENCODER) -> "EncoderRecipe":
        """A copy that names its encoder and revision: `default` where no encoder is chosen, its pinned commit or `main`
        where no revision is.
        """
        encoder = self.encoder or default
        revision = self.revision or PINNED_REVISIONS.get(encoder, "main")
        return replace(self, encoder=encoder, revision=revision)


@dataclass(frozen=True)
class FinetuneRecipe(RecipePart):
    """The optimisation: the defaults are the notebook's."""

    WITHOUT_EFFECT: ClassVar[frozenset[str]] = frozenset({"log_every"})
    """Fields that change what is reported of a training and nothing of the model."""

    epochs: int = 10
    """Passes over the training examples."""
    batch_size: int = 64
    """Examples a step."""
    learning_rate: float = 5e-5
    """Peak learning rate of AdamW."""
    weight_decay: float = 0.01
    """AdamW's decoupled weight decay; not applied to biases and LayerNorm weights."""
    warmup_share: float = 0.1
    """Share of the steps (0 to 1) over which the rate rises, before its cosine descent."""
    dropout: float = 0.5
    """Dropout between the pooled output and the linear head."""
    max_grad_norm: float = 1.0
    """Gradients are scaled down to this L2 norm."""
    seed: int = 42
    """Seed of initialisation, batch order and dropout."""
    log_every: int = 100
    """Steps between two logged training metrics."""
    class_weights: bool = False
    """Weight the loss by inverse class frequency."""
    early_stopping_patience: int | None = None
    """Stop after so many epochs without a better development macro-F1; never when empty."""
    precision: Precision = "auto"
    """`auto`: bf16 autocast where the device has it, fp16 with loss scaling on older GPUs, else fp32."""
    devices: int = 1
    """GPUs of this machine to train on together, each with its share of the batch; without a GPU, processes."""

    def __post_init__(self) -> None:
        require(self.epochs >= 1, "field.at_least", field="epochs", low=1)
        require(self.batch_size >= 1, "field.at_least", field="batch_size", low=1)
        require(self.learning_rate > 0, "field.positive", field="learning_rate")
        require(self.weight_decay >= 0, "field.not_negative", field="weight_decay")
        require(0 <= self.warmup_share <= 1, "field.between", field="warmup_share", low=0, high=1)
        require(0 <= self.dropout < 1, "field.between", field="dropout", low=0, high=1)
        require(self.max_grad_norm > 0, "field.positive", field="max_grad_norm")
        require(self.log_every >= 1, "field.at_least", field="log_every", low=1)
        require(1 <= self.devices <= self.batch_size, "field.between", field="devices", low=1, high=self.batch_size)
        if self.early_stopping_patience is not None:
            require(self.early_stopping_patience >= 1, "field.at_least", field="early_stopping_patience", low=1)

    def deciding(self) -> dict[str, Any]:
        """The fields that decide which weights come out, by name.

        `epochs` is one of them, since the learning rate's schedule spans all of them; so are `devices` and `precision`,
        which change the order and the rounding of the arithmetic and the random numbers of each device, and
        `early_stopping_patience`, which decides how many epochs there are to choose from.
        """
        return {name: value for name, value in asdict(self).items() if name not in self.WITHOUT_EFFECT}


@dataclass(frozen=True)
class PromotionRecipe(RecipePart):
    """The policy by which a challenger becomes the champion: every check must pass, a tie keeps the champion."""

    better_by: Literal["interval", "gain"] = "interval"
    """`interval`: the gain's paired 95 % interval must lie above 0 too; `gain`: exceeding min_gain is enough."""
    min_gain: float = 0.0
    """The challenger's macro-F1 must exceed the champion's by more than this."""
    max_recall_drop: float = 0.05
    """No emotion's recall (0 to 1) may lie further than this below the champion's."""
    beat_baseline: bool = True
    """Refuse a model that is worse in macro-F1 than the TF-IDF baseline by more than chance."""
    max_ece: float = 0.15
    """Largest calibration error (ECE, 0 to 1) on the validation workbook."""
    max_latency_ms: float = 500.0
    """Longest median time in milliseconds that one core of this machine may spend on one sentence."""
    max_size_mb: float = 1024.0
    """Largest size of the model's files, in MiB."""
    approval_hours: float | None = None
    """Hours in which a person must approve what has passed every check; None: nobody is asked."""

    def __post_init__(self) -> None:
        require(0 <= self.min_gain < 1, "field.between", field="min_gain", low=0, high=1)
        require(0 <= self.max_recall_drop <= 1, "field.between", field="max_recall_drop", low=0, high=1)
        require(0 <= self.max_ece <= 1, "field.between", field="max_ece", low=0, high=1)
        require(self.max_latency_ms > 0, "field.positive", field="max_latency_ms")
        require(self.max_size_mb > 0, "field.positive", field="max_size_mb")
        require(self.approval_hours is None or self.approval_hours > 0, "field.positive", field="approval_hours")
