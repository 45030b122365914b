"""Korean encoders on the Hugging Face hub that are known to fit, and what is published of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownEncoder:
    """What is known of an encoder without downloading it."""

    family: str
    """Its `model_type`."""
    parameters: int
    """Weights of the encoder in a classifier, computed from its configuration."""
    positions: int
    """The maximum tokens of a text, `[CLS]` and `[SEP]` included."""
    licence: str | None
    """As its hub page or its repository states it; None: neither does."""
    nsmc: float | None = None
    """Accuracy in per cent on the Naver Sentiment Movie Corpus as its authors publish it; None: no figure was found."""
    source: str = ""
    """Where that figure is published."""


_KOELECTRA = "github.com/monologg/KoELECTRA, finetune/README.md"
_KLUE = "CC-BY-SA-4.0"

KNOWN_ENCODERS = {
    "skt/kobert-base-v1": KnownEncoder("bert", 92_186_880, 512, "Apache-2.0", 90.1, "github.com/SKTBrain/KoBERT"),
    "klue/bert-base": KnownEncoder("bert", 110_617_344, 512, _KLUE),
    "klue/roberta-small": KnownEncoder("roberta", 67_500_288, 512, _KLUE),
    "klue/roberta-base": KnownEncoder("roberta", 110_027_520, 512, _KLUE),
    "klue/roberta-large": KnownEncoder("roberta", 335_606_784, 512, _KLUE),
    "monologg/koelectra-small-v3-discriminator": KnownEncoder("electra", 14_056_192, 512, None, 89.36, _KOELECTRA),
    "monologg/koelectra-base-v3-discriminator": KnownEncoder(
        "electra", 112_330_752, 512, "Apache-2.0", 90.63, _KOELECTRA
    ),
    "beomi/kcbert-base": KnownEncoder("bert", 108_918_528, 300, "Apache-2.0", 89.62, "github.com/Beomi/KcELECTRA"),
    "beomi/KcELECTRA-base-v2022": KnownEncoder("electra", 127_186_176, 512, "MIT"),
}
"""By their ids on the hub."""
