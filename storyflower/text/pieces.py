"""The pieces of a SentencePiece model, as far as they decide which segmentations a text has."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

from sentencepiece import sentencepiece_model_pb2

_TYPE = sentencepiece_model_pb2.ModelProto.SentencePiece  # type: ignore[attr-defined]
_IN_TEXTS = (_TYPE.NORMAL, _TYPE.USER_DEFINED, _TYPE.UNUSED)


@dataclass(frozen=True)
class Pieces:
    """The pieces that can stand in a text; control pieces, and those of single bytes, cannot."""

    scores: dict[str, float]
    """Of each piece, in the order of their ids."""
    ids: dict[str, int]
    user_defined: frozenset[str]
    """Pieces that are kept whole."""
    unused: frozenset[str]
    """Pieces that no segmentation holds."""
    least_score: float
    """Of the normal pieces, that is of those that are neither user-defined nor unused."""
    most_score: float
    """Of the normal pieces, but at least 0."""
    unknown_id: int
    byte_ids: tuple[int, ...]
    """The 256 pieces that unknown characters are spelled with; empty if they are not."""

    @classmethod
    def of(cls, model: "sentencepiece_model_pb2.ModelProto") -> "Pieces":  # type: ignore[name-defined]
        """The pieces of a model that SentencePiece has loaded."""
        normal = [piece.score for piece in model.pieces if piece.type == _TYPE.NORMAL]
        in_texts = [(i, piece) for i, piece in enumerate(model.pieces) if piece.type in _IN_TEXTS]
        numbers: dict[str, int] = {piece.piece: i for i, piece in enumerate(model.pieces) if piece.type == _TYPE.BYTE}
        spelled = model.trainer_spec.byte_fallback
        return cls(
            scores={piece.piece: piece.score for _, piece in in_texts},
            ids={piece.piece: i for i, piece in in_texts},
            user_defined=frozenset(piece.piece for _, piece in in_texts if piece.type == _TYPE.USER_DEFINED),
            unused=frozenset(piece.piece for _, piece in in_texts if piece.type == _TYPE.UNUSED),
            least_score=min(normal, default=0.0),
            most_score=max([*normal, 0.0]),
            unknown_id=next(i for i, piece in enumerate(model.pieces) if piece.type == _TYPE.UNKNOWN),
            byte_ids=tuple(numbers[f"<0x{byte:02X}>"] for byte in range(256)) if spelled else (),
        )

    def unknown(self, characters: str) -> tuple[int, ...]:
        """The ids that stand for characters without a piece."""
        if not self.byte_ids:
            return (self.unknown_id,)
        return tuple(self.byte_ids[byte] for byte in characters.encode())

    def joined(self, pieces: Iterable[tuple[int, ...]]) -> list[int]:
        """The ids of a text's pieces, with one unknown id for neighbouring ones, as SentencePiece has it."""
        ids, unknown = list(chain.from_iterable(pieces)), self.unknown_id
        if unknown not in ids:
            return ids
        before = (None, *ids)
        return [piece for last, piece in zip(before, ids, strict=False) if piece != unknown or last != unknown]
