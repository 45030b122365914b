"""The parts of a training recipe: plain frozen dataclasses, so that the engine runs where pydantic is not installed.

The line below each field is its description: pydantic reads it into the form that Prefect draws.
"""

import math
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

from storyflower.recipe_bounds import RecipePart, Seed, Share, Text, Within, require

Precision = Literal["auto", "fp32", "bf16", "fp16"]
Decision = Literal["probability", "macro_f1"]

SCRATCH = "scratch"

BASE_WIDTH = 768
"""Hidden size of a BERT-base, for which published learning rates are meant."""

MOST_EPOCHS = 100_000
MOST_PATIENCE = 10_000

DEFAULT_ENCODER = "skt/kobert-base-v1"
PINNED_REVISIONS = {DEFAULT_ENCODER: "a9f5849fce18fb088f0cd0f9b29ec3f756958464"}
"""Commits of hub ids: the head of the main branch since 2021-07-01. Any other id is taken at `main`."""


@dataclass(frozen=True)
class TextRecipe(RecipePart):
    """How text becomes token ids, and when the tokenizer is refused."""

    max_len: Annotated[int, Within(4, 512)] = 64
    """Longest sequence in tokens, [CLS] and [SEP] included."""
    bpe_dropout: Annotated[float, Within(0, 1, below_high=True)] = 0.0
    """SentencePiece sampling (`alpha`) on training text, drawn anew each epoch; 0 switches it off. KoBERT's is a
    unigram model: there a small alpha varies the pieces more (0.1 strongly, 0.9 hardly). Refused with a `vocab.txt`."""
    nbest_size: Annotated[int, Within(-1, 512)] = -1
    """SentencePiece sampling: candidates to draw from; -1 means all."""
    max_unk_share: Share = 0.05
    """Share of [UNK] among the tokens (0 to 1) above which training is refused."""
    max_all_unk_share: Share = 0.01
    """Share of texts that are nothing but [UNK] (0 to 1) above which training is refused."""
    max_truncated_share: Share = 0.5
    """Share of texts cut at max_len (0 to 1) above which training is refused."""

    def _require_consistent(self) -> None:
        require(self.nbest_size == -1 or self.nbest_size >= 2, "field.nbest", field="nbest_size")


@dataclass(frozen=True)
class EncoderRecipe(RecipePart):
    """Which pretrained encoder is fine-tuned."""

    encoder: Annotated[str, Text(4_096, blank=True)] = ""
    """A local directory or a Hugging Face hub id with a BERT, RoBERTa or ELECTRA model and its vocabulary
    (`spiece.model` or `vocab.txt`), such as `klue/roberta-base`; `scratch` trains a small one; empty:
    STORYFLOWER_ENCODER of the machine, else `skt/kobert-base-v1`."""
    revision: Annotated[str, Text(250, blank=True)] = ""
    """Branch, tag or commit of the hub id; empty: the commit that StoryFlower pins for `skt/kobert-base-v1`, `main` for
    any other hub id. The commit it stood at is recorded with the run. A directory has none."""
    scratch_vocab_size: Annotated[int, Within(16, 64_000)] = 2000
    """Pieces of the SentencePiece model trained on the corpus when the encoder is `scratch`."""
    scratch_hidden_size: Annotated[int, Within(32, 1_024)] = 128
    """Hidden width when the encoder is `scratch`; must be a multiple of 32 (one head per 32)."""
    scratch_layers: Annotated[int, Within(1, 24)] = 2
    """Layers when the encoder is `scratch`."""
    adapt_epochs: Annotated[int, Within(0, 1_000)] = 0
    """Passes over the training texts in which the encoder learns to predict hidden tokens before it is fine-tuned
    (task-adaptive pretraining); 0 switches it off."""
    adapt_learning_rate: Annotated[float, Within(0, 1, above_low=True)] = 1e-4
    """Peak learning rate of the adaptation."""
    adapt_masked_share: Annotated[float, Within(0, 1, above_low=True, below_high=True)] = 0.15
    """Share of a text's tokens (0 to 1) that are hidden in the adaptation."""

    def _require_consistent(self) -> None:
        require(self.scratch_hidden_size % 32 == 0, "field.multiple", field="scratch_hidden_size", of=32)

    def scratch(self) -> dict[str, int]:
        """The fields that decide what an encoder from scratch is, by name."""
        return {name: value for name, value in asdict(self).items() if name.startswith("scratch_")}

    def adaptation(self) -> dict[str, Any]:
        """The fields of the adaptation, by name; none where it is switched off."""
        if not self.adapt_epochs:
            return {}
        return {name: value for name, value in asdict(self).items() if name.startswith("adapt_")}

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
    OFF: ClassVar[dict[str, Any]] = {
        "min_steps": 0,
        "scale_rate": False,
        "layer_decay": 1.0,
        "distillation": 0.0,
        "rdrop": 0.0,
        "class_weight_power": 1.0,
        "class_weights_from": 1.0,
        "decision": "probability",
        "nodes": 1,
    }
    """The values at which a field that came later leaves the training as it was, so that keys made before are kept."""

    epochs: Annotated[int, Within(1, MOST_EPOCHS)] = 10
    """Passes over the training examples; more where `min_steps` needs them."""
    min_steps: Annotated[int, Within(0, 1_000_000)] = 0
    """Fewest steps: on a small corpus the passes become more than `epochs`, until there are that many steps."""
    batch_size: Annotated[int, Within(1, 65_536)] = 64
    """Examples a step."""
    learning_rate: Annotated[float, Within(0, 1, above_low=True)] = 5e-5
    """Peak learning rate of AdamW."""
    scale_rate: bool = False
    """Multiply the learning rate by 768 / the hidden size of the encoder: narrow encoders need a higher one."""
    weight_decay: Annotated[float, Within(0, 100)] = 0.01
    """AdamW's decoupled weight decay; not applied to biases and LayerNorm weights."""
    layer_decay: Annotated[float, Within(0, 1, above_low=True)] = 1.0
    """Rate of each layer of the encoder as a share of that of the layer above; 1: all have the same."""
    warmup_share: Share = 0.1
    """Share of the steps (0 to 1) over which the rate rises, before its cosine descent."""
    dropout: Annotated[float, Within(0, 1, below_high=True)] = 0.5
    """Dropout before each linear layer of the head: BERT's has one, RoBERTa's and ELECTRA's have two."""
    max_grad_norm: Annotated[float, Within(0, 1e6, above_low=True)] = 1.0
    """Gradients are scaled down to this L2 norm."""
    seed: Seed = 42
    """Seed of initialisation, batch order and dropout."""
    log_every: Annotated[int, Within(1, 1_000_000)] = 100
    """Steps between two logged training metrics."""
    class_weights: bool = False
    """Weight the loss by inverse class frequency; a recipe that sets this field and not `class_weights_from` has or has
    no weights on every corpus. With `decision=macro_f1` the weights are removed from the
    trained model: probabilities are those of the labels as they occur, and the decision prefers rare ones."""
    class_weight_power: Annotated[float, Within(0, 1, above_low=True)] = 1.0
    """Power of the class weights: 0.5 weights the loss by the inverse square root of the class frequency."""
    class_weights_from: Annotated[float, Within(0, 1, above_low=True)] = 1.0
    """Share of the training texts (0 to 1) of the most frequent label, from which class weights are switched on
    automatically; 1: never."""
    distillation: Share = 0.0
    """Weight (0 to 1), beside the labels, of what the TF-IDF baseline predicts for each training text when it is fitted
    without it (knowledge distillation); 0 switches it off."""
    rdrop: Annotated[float, Within(0, 100)] = 0.0
    """Weight, beside the loss, of the divergence between the predictions of two passes with different dropout masks
    (R-Drop), for some 40 % more time; 0 switches it off."""
    decision: Decision = "probability"
    """`probability`: the most probable label is answered; `macro_f1`: labels are preferred by a power of their inverse
    frequency at which macro-F1 is highest on the development split; where that has fewer than 30 texts of a label, at
    which expected macro-F1, by the calibrated probabilities, is highest. Probabilities are the same."""
    early_stopping_patience: Annotated[int | None, Within(1, MOST_PATIENCE)] = None
    """Stop after so many epochs without a better development macro-F1; never when empty. Where `min_steps` makes the
    passes more than `epochs`, it becomes as many times longer."""
    precision: Precision = "auto"
    """`auto`: bf16 autocast where the device has it, fp16 with loss scaling on older GPUs, else fp32."""
    devices: Annotated[int, Within(1, 64)] = 1
    """GPUs of this machine to train on together, each with its share of the batch; without a GPU, processes."""
    nodes: Annotated[int, Within(1, 64)] = 1
    """Machines to train on together, each with so many `devices`; above 1 they meet at STORYFLOWER_RENDEZVOUS."""

    def _require_consistent(self) -> None:
        require(self.devices <= self.batch_size, "field.between", field="devices", low=1, high=self.batch_size)
        most = self.batch_size // self.devices
        require(self.nodes <= most, "field.between", field="nodes", low=1, high=most)

    @property
    def ranks(self) -> int:
        """Processes that train together, on all machines."""
        return self.nodes * self.devices

    def epochs_for(self, examples: int) -> int:
        """The passes over that many training examples: `epochs`, or as many as `min_steps` needs."""
        needed = math.ceil(self.min_steps / max(1, math.ceil(examples / self.batch_size)))
        return max(self.epochs, min(needed, MOST_EPOCHS))

    def fitted(self, examples: int, width: int, largest_share: float) -> "FinetuneRecipe":
        """The recipe with the epochs, the learning rate and the class weights that it comes to on corpus and encoder.

        The patience grows with the passes: the schedule spans all of them, and the first ones of many, in which the
        rate rises, hardly change the model.

        That the best rate falls with the width is known of Adam from maximal update parametrisation (Yang et al. 2022,
        https://arxiv.org/abs/2203.03466); that small corpora need more passes, not fewer steps, from Mosbach et al.
        2021 (https://arxiv.org/abs/2006.04884).

        Args:
            examples: number of training examples.
            width: hidden size of the encoder.
            largest_share: of the training examples, those with the most frequent label (0 to 1).
        """
        if not (self.min_steps or self.scale_rate or self.class_weights_from < 1):
            return self
        scale = BASE_WIDTH / width if self.scale_rate else 1.0
        epochs, patience = self.epochs_for(examples), self.early_stopping_patience
        if patience is not None:
            patience = min(MOST_PATIENCE, math.ceil(patience * epochs / self.epochs))
        return replace(
            self,
            epochs=epochs,
            early_stopping_patience=patience,
            min_steps=0,
            learning_rate=min(1.0, self.learning_rate * scale),
            scale_rate=False,
            class_weights=self.class_weights or largest_share >= self.class_weights_from,
            class_weights_from=1.0,
        )

    @property
    def may_weight_classes(self) -> bool:
        """Whether there are class weights on some corpus."""
        return self.class_weights or self.class_weights_from < 1

    @property
    def removes_class_weights(self) -> bool:
        """Whether class weights are taken out of the trained model, where there are any."""
        return self.may_weight_classes and self.decision == "macro_f1"

    def deciding(self) -> dict[str, Any]:
        """The fields that decide which weights come out, by name.

        `epochs` is one of them, since the learning rate's schedule spans all of them; so are `devices`, `nodes` and
        `precision`, which change the order and rounding of the arithmetic and the random numbers of each device, and
        `early_stopping_patience`, which decides how many epochs there are to choose from. A field of `OFF` is left out
        where it is switched off, and the power of the class weights where there are none.
        """
        values = {name: value for name, value in asdict(self).items() if name not in self.WITHOUT_EFFECT}
        if not self.may_weight_classes:
            del values["class_weight_power"]
        return {name: value for name, value in values.items() if name not in self.OFF or value != self.OFF[name]}


@dataclass(frozen=True)
class PromotionRecipe(RecipePart):
    """The policy by which a challenger becomes the champion: every check must pass, a tie keeps the champion."""

    better_by: Literal["interval", "gain"] = "interval"
    """`interval`: the gain's paired 95 % interval must lie above 0 too; `gain`: exceeding min_gain is enough."""
    min_gain: Annotated[float, Within(0, 1, below_high=True)] = 0.0
    """The challenger's macro-F1 must exceed the champion's by more than this."""
    max_recall_drop: Share = 0.05
    """No emotion's recall (0 to 1) may lie further than this below the champion's, and further than chance explains."""
    beat_baseline: bool = True
    """Refuse a model that is worse in macro-F1 than the TF-IDF baseline by more than chance."""
    max_ece: Share = 0.15
    """Largest calibration error (ECE, 0 to 1) on the validation workbook, or what chance explains on few sentences."""
    max_latency_ms: Annotated[float, Within(0, 3_600_000, above_low=True)] = 500.0
    """Longest median time in milliseconds that one core of this machine may spend on one sentence."""
    max_size_mb: Annotated[float, Within(0, 1_048_576, above_low=True)] = 1024.0
    """Largest size of the model's files, in MiB."""
    approval_hours: Annotated[float | None, Within(0, 8_760, above_low=True)] = None
    """Hours in which a person must approve what has passed every check; None: no approval is needed."""
