"""Tokenising: StoryFlower against Hugging Face's `tokenizers` with the same unigram pieces, in turns.

    python benchmarks/tokens.py --spiece KOBERT/spiece.model
    python benchmarks/tokens.py --spiece KOBERT/spiece.model --workbooks open_Training.xlsx open_Validation.xlsx

Both take texts and give one flat array of ids, `[CLS] … [SEP]`, cut at 64; both use all cores as they like. Ids may
differ where a text is normalised in another way (`storyflower.text.conversion` makes both the same).
"""

import os
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

from benchmarks.machine import describe_machine
from benchmarks.material import parser_of, read_all, texts_of, timed, workbooks_of
from benchmarks.script import print_report, run_plainly
from benchmarks.views import tokens_view
from storyflower.text.sentencepiece import CLS_ID, SEP_ID, SPECIAL_PIECES, UNK_ID, WORD_MARK, KoBertTokenizer
from storyflower.text.tokens import TokenSequences, offsets_of
from storyflower.text.vocabulary import train_vocabulary

MAX_LEN = 64
KOBERT_PIECES = 8002


def main() -> None:
    """Measure, and print a table or one JSON object."""
    parser = parser_of(__doc__, rounds=5)
    parser.add_argument("--spiece", type=Path, help="vocabulary; 8,002 pieces trained on the texts without it")
    options = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    with TemporaryDirectory() as scratch:
        texts = texts_of(read_all(workbooks_of(options, Path(scratch)), Path(scratch)))
        spiece = options.spiece
        if spiece is None:
            spiece = train_vocabulary(texts, KOBERT_PIECES, Path(scratch))
        report = compare(texts, spiece, options.rounds)
    print_report(report, tokens_view, as_json=options.json)


def compare(texts: Sequence[str], spiece: Path, rounds: int) -> dict[str, Any]:
    """The medians of both tokenizers over the rounds."""
    ours, theirs = KoBertTokenizer(spiece), same_pieces(spiece)
    seconds: dict[str, list[float]] = {"storyflower": [], "tokenizers": []}
    for _ in range(rounds):
        our_ids = timed(seconds["storyflower"], lambda: ours.encode_batch(texts, MAX_LEN))
        their_ids = timed(seconds["tokenizers"], lambda: _flat(theirs, texts))
    medians = {name: median(found) for name, found in seconds.items()}
    return {
        "texts": len(texts),
        "tokens": len(our_ids.ids),
        "systems": [{"name": name, "seconds": s, "texts_per_s": len(texts) / s} for name, s in medians.items()],
        "ratio": medians["tokenizers"] / medians["storyflower"],
        "differing_texts": _differing(our_ids, their_ids),
        "machine": describe_machine(),
    }


def same_pieces(spiece: Path) -> Tokenizer:
    """The unigram model of a `spiece.model`, built as Transformers' own converter (`SpmConverter`) builds it."""
    proto = sentencepiece_model_pb2.ModelProto()  # type: ignore[attr-defined]
    proto.ParseFromString(spiece.read_bytes())
    tokenizer = Tokenizer(Unigram([(piece.piece, piece.score) for piece in proto.pieces], unk_id=UNK_ID))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap),
            normalizers.Strip(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=WORD_MARK, prepend_scheme="always")
    cls, sep = SPECIAL_PIECES[CLS_ID], SPECIAL_PIECES[SEP_ID]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{cls} $A {sep}", special_tokens=[(cls, CLS_ID), (sep, SEP_ID)]
    )
    tokenizer.enable_truncation(MAX_LEN)
    return tokenizer


def _flat(tokenizer: Tokenizer, texts: Sequence[str]) -> TokenSequences:
    """StoryFlower's result from theirs, without the flags of truncated texts."""
    ids = [encoding.ids for encoding in tokenizer.encode_batch_fast(texts)]
    offsets = offsets_of(np.fromiter(map(len, ids), np.int64, len(ids)))
    flat = np.fromiter(chain.from_iterable(ids), np.int32, int(offsets[-1]))
    return TokenSequences(flat, offsets, np.zeros(len(ids), np.bool_))


def _differing(ours: TokenSequences, theirs: TokenSequences) -> int:
    """The texts whose ids differ between the two."""
    return sum(not np.array_equal(ours.sequence(i), theirs.sequence(i)) for i in range(len(ours)))


if __name__ == "__main__":
    run_plainly(main)
