"""The values of the presets: what each changes of the parts' defaults, which are the notebook's recipe."""

from typing import Any, Literal

from storyflower.recipe_parts import SCRATCH, EncoderRecipe, FinetuneRecipe, PromotionRecipe

PresetName = Literal["best", "kobert", "tiny"]

DEFAULT_PRESET: PresetName = "best"
"""The preset where none is named: in a recipe's file, in a flow's parameter, on the command line."""

PRESET_PARTS: dict[PresetName, dict[str, Any]] = {
    "best": {
        "training": FinetuneRecipe(
            epochs=5,
            min_steps=500,
            scale_rate=True,
            dropout=0.1,
            class_weight_power=0.5,
            class_weights_from=0.5,
            distillation=0.4,
            decision="macro_f1",
        ),
    },
    "kobert": {},
    "tiny": {
        "encoder": EncoderRecipe(encoder=SCRATCH),
        "training": FinetuneRecipe(epochs=5, learning_rate=1e-3, dropout=0.1, batch_size=32, log_every=20),
        "promotion": PromotionRecipe(beat_baseline=False, max_ece=0.3),
    },
}
"""By preset, the parts of the recipe that differ from the defaults.

`best` is what is recommended: its fields were chosen by macro-F1 on folds of a training workbook (docs/log.md).
`kobert` is the notebook's recipe, for comparison. `tiny` trains a small BERT from scratch in a minute on a laptop: it
shows the machinery, not the quality.
"""
