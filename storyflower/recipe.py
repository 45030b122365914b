"""The training recipe: one frozen object that is the flow's parameter, the run's params and part of every cache key."""

from difflib import get_close_matches
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from storyflower.digests import digest_of
from storyflower.errors import RecipeError
from storyflower.messages import problem
from storyflower.recipe_parts import (
    SCRATCH,
    CorpusRecipe,
    DataRecipe,
    EncoderRecipe,
    FinetuneRecipe,
    PromotionRecipe,
    TextRecipe,
)
from storyflower.settings import Settings

PRESETS: dict[str, "TrainingRecipe"] = {}
"""The recipes that ship with StoryFlower, by name."""


class TrainingRecipe(BaseModel):
    """Everything that decides what a training run makes out of two workbooks.

    A recipe that bears a preset's name starts from that preset: `{"name": "tiny"}` is the whole `tiny` recipe.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("kobert", description="A preset to start from (`kobert`, `tiny`), or a name of your own.")
    data: DataRecipe = DataRecipe()
    corpus: CorpusRecipe = CorpusRecipe()
    text: TextRecipe = TextRecipe()
    encoder: EncoderRecipe = EncoderRecipe()
    training: FinetuneRecipe = FinetuneRecipe()
    promotion: PromotionRecipe = PromotionRecipe()

    @model_validator(mode="before")
    @classmethod
    def _start_from_preset(cls, values: Any) -> Any:
        preset = PRESETS.get(values.get("name", "")) if isinstance(values, dict) else None
        if preset is None:
            return values
        merged = preset.model_dump(mode="python")
        for part, value in values.items():
            both_are_dicts = isinstance(value, dict) and isinstance(merged.get(part), dict)
            merged[part] = merged[part] | value if both_are_dicts else value
        return merged

    @property
    def digest(self) -> str:
        """Hex digest of every value of the recipe."""
        return digest_of(self.model_dump(mode="json"))

    def flat(self) -> dict[str, Any]:
        """Every field by its dotted name, such as `training.epochs`."""
        flat: dict[str, Any] = {"name": self.name}
        for part, values in self.model_dump(mode="json", exclude={"name"}).items():
            flat |= {f"{part}.{field}": value for field, value in values.items()}
        return flat

    def with_changes(self, changes: dict[str, Any]) -> "TrainingRecipe":
        """A copy with some fields replaced, each named alone (`epochs`) or dotted (`training.epochs`).

        Raises:
            RecipeError: a name is unknown, or a value does not fit its field.
        """
        values = self.model_dump(mode="python")
        for name, value in changes.items():
            part, _, field = self.locate(name).rpartition(".")
            if part:
                values[part] |= {field: value}
            else:
                values[field] = value
        try:
            return TrainingRecipe.model_validate(values)
        except ValidationError as error:
            raise RecipeError(explain(error), where="recipe", remedy="Run `storyflower train --fields`.") from None

    def on_machine(self, where: Settings) -> "TrainingRecipe":
        """The recipe with the machine's own encoder (`STORYFLOWER_ENCODER`) in the place of the default one."""
        if where.encoder is None or self.encoder.encoder != EncoderRecipe.encoder:
            return self
        return self.with_changes({"encoder.encoder": where.encoder})

    def locate(self, name: str) -> str:
        """The dotted name of the field that `name` stands for; field names are unique across the parts.

        Raises:
            RecipeError: there is no such field; the most similar name is proposed.
        """
        fields = {dotted.rpartition(".")[2]: dotted for dotted in self.flat()}
        if name in fields.values():
            return name
        if name in fields:
            return fields[name]
        similar = get_close_matches(name.rpartition(".")[2], fields, n=1, cutoff=0.5)
        if similar:
            raise problem(RecipeError, "field_misspelt", "--set", name=name, similar=similar[0])
        raise problem(RecipeError, "field_unknown", "--set", name=name)

    def type_of(self, dotted: str) -> Any:
        """The type annotation of a field, by its dotted name."""
        part, _, field = dotted.rpartition(".")
        return get_type_hints(type(getattr(self, part)) if part else type(self))[field]


def explain(error: ValidationError) -> str:
    """A validation error in one line: each field, what is wrong with it, and the value it got."""
    return "; ".join(
        f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}"
        + ("" if isinstance(e["input"], dict) else f" (got {e['input']!r})")
        for e in error.errors()
    )


KOBERT = TrainingRecipe()
"""The notebook's recipe, on KoBERT."""

TINY = TrainingRecipe(
    name="tiny",
    encoder=EncoderRecipe(encoder=SCRATCH),
    training=FinetuneRecipe(epochs=5, learning_rate=1e-3, dropout=0.1, batch_size=32, log_every=20),
    promotion=PromotionRecipe(beat_baseline=False, max_ece=0.3),
)
"""A small BERT trained from scratch in a minute on a laptop: shows the machinery, not the quality."""

PRESETS |= {recipe.name: recipe for recipe in (KOBERT, TINY)}
