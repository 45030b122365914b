"""Tiny encoders with random weights, in the layouts in which Korean encoders are published on the hub."""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from tokenizers.trainers import WordPieceTrainer
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForPreTraining,
    ElectraConfig,
    ElectraForPreTraining,
    RobertaConfig,
    RobertaForMaskedLM,
)

UNKNOWN = "[UNK]"
_SIZES = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}


@dataclass(frozen=True)
class Layout:
    """How an encoder is published."""

    name: str
    config: type[Any]
    model: type[Any]
    specials: tuple[str, ...] = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    """In the order of their ids, which count from 0."""
    values: dict[str, Any] = field(default_factory=dict)
    """What `config.json` says besides the sizes."""
    tokenizer: dict[str, Any] = field(default_factory=dict)
    """`tokenizer_config.json`."""
    pickled: bool = True
    """`pytorch_model.bin` instead of `model.safetensors`."""
    tokenizer_json: bool = False


KOELECTRA_SMALL = Layout(
    "koelectra-small-v3-discriminator",
    ElectraConfig,
    ElectraForPreTraining,
    values={"embedding_size": 32, "pad_token_id": 0},
    tokenizer={"do_lower_case": False, "model_max_length": 512},
)
KLUE_BERT = Layout(
    "klue-bert-base",
    BertConfig,
    BertForMaskedLM,
    values={"pad_token_id": 0},
    tokenizer={
        "do_lower_case": False,
        "do_basic_tokenize": True,
        "never_split": None,
        "tokenize_chinese_chars": True,
        "strip_accents": None,
        "model_max_length": 512,
        "tokenizer_class": "BertTokenizer",
    },
    tokenizer_json=True,
)
KLUE_ROBERTA = Layout(
    "klue-roberta-base",
    RobertaConfig,
    RobertaForMaskedLM,
    specials=("[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"),
    values={
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 1,
        "type_vocab_size": 1,
        "max_position_embeddings": 514,
        "layer_norm_eps": 1e-5,
        "tokenizer_class": "BertTokenizer",
    },
    tokenizer={
        "do_lower_case": False,
        "bos_token": "[CLS]",
        "eos_token": "[SEP]",
        "model_max_length": 512,
        "tokenizer_class": "BertTokenizer",
    },
    pickled=False,
    tokenizer_json=True,
)
KCBERT = Layout(
    "kcbert-base",
    BertConfig,
    BertForPreTraining,
    values={"max_position_embeddings": 300, "pad_token_id": 0},
    tokenizer={"do_lower_case": False, "model_max_length": 300},
)
KCELECTRA = Layout(
    "KcELECTRA-base-v2022",
    ElectraConfig,
    ElectraForPreTraining,
    values={"embedding_size": 64, "pad_token_id": 0},
    tokenizer={"do_lower_case": False, "strip_accents": None, "tokenizer_class": "ElectraTokenizer"},
    pickled=False,
    tokenizer_json=True,
)
LAYOUTS = (KOELECTRA_SMALL, KLUE_BERT, KLUE_ROBERTA, KCBERT, KCELECTRA)


def train_pieces(texts: Iterable[str], count: int) -> list[str]:
    """The pieces of a cased WordPiece vocabulary of these texts, without special ones."""
    tokenizer = Tokenizer(WordPiece(unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(texts, WordPieceTrainer(vocab_size=count, show_progress=False))
    return sorted(tokenizer.get_vocab())


def write_vocabulary(folder: Path, layout: Layout, pieces: Sequence[str]) -> list[str]:
    """Write the files of the tokenizer, and return the whole vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = [*layout.specials, *pieces]
    (folder / "vocab.txt").write_text("\n".join(whole) + "\n", "utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(layout.tokenizer))
    if layout.tokenizer_json:
        (folder / "tokenizer.json").write_text(_fast(whole).to_str(), "utf-8")
    return whole


def write_config(folder: Path, layout: Layout, pieces: int) -> Any:
    """Write `config.json`, and return the configuration."""
    config = layout.config(vocab_size=pieces, architectures=[layout.model.__name__], **_SIZES | layout.values)
    config.save_pretrained(folder)
    return config


def write_encoder(folder: Path, layout: Layout, pieces: Sequence[str]) -> Path:
    """Write a whole encoder, with the heads of its pretraining and the buffers of older files."""
    config = write_config(folder, layout, len(write_vocabulary(folder, layout, pieces)))
    with torch.random.fork_rng():
        torch.manual_seed(11)
        model = layout.model(config)
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    prefix = layout.model.base_model_prefix
    weights[f"{prefix}.embeddings.position_ids"] = torch.arange(config.max_position_embeddings)[None]
    if layout.pickled:
        torch.save(weights, folder / "pytorch_model.bin")
    else:
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def cache_as_hub(cache: Path, name: str, commit: str, files: Sequence[Path]) -> None:
    """Lay out files as the hub's own cache keeps the model `name`, whose main branch stands at `commit`."""
    repository = cache / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / commit
    for folder in (repository / "blobs", repository / "refs", snapshot):
        folder.mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    for file in files:
        shutil.copyfile(file, repository / "blobs" / file.name)
        (snapshot / file.name).symlink_to(repository / "blobs" / file.name)


def _fast(whole: list[str]) -> Tokenizer:
    ids = {piece: number for number, piece in enumerate(whole)}
    tokenizer = Tokenizer(WordPiece(ids, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=None)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    return tokenizer
