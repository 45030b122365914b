"""The training recipe: one frozen object that is the flow's parameter, the run's params and part of every cache key."""

import json
from typing import Any, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from storyflower.digests import digest_of
from storyflower.errors import RecipeError
from storyflower.messages import problem
from storyflower.recipe_data import CorpusRecipe, DataRecipe
from storyflower.recipe_parts import (
    DEFAULT_ENCODER,
    EncoderRecipe,
    FinetuneRecipe,
    PromotionRecipe,
    TextRecipe,
)
from storyflower.recipe_presets import DEFAULT_PRESET, PRESET_PARTS, PresetName
from storyflower.settings import Settings
from storyflower.validation_words import explain, most_similar

PRESETS: dict[str, "TrainingRecipe"] = {}
"""The recipes that ship with StoryFlower, by name; they are made at the end of this module."""


class TrainingRecipe(BaseModel):
    """Everything that decides what a training run makes out of two workbooks.

    A recipe is a preset and what is changed of it: `{"name": "tiny"}` is the whole `tiny` recipe, and `{"name": "tiny",
    "training": {"epochs": 1}}` that recipe with another number of epochs; without a name, the preset is `best`. The
    JSON schema, from which Prefect draws a form, therefore gives no defaults to the fields of the parts: a field left
    empty is not submitted, so that the form cannot send the values of one preset under the name of another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: PresetName = Field(DEFAULT_PRESET, description="The preset; every field left empty below has its value.")
    data: DataRecipe = DataRecipe()
    corpus: CorpusRecipe = CorpusRecipe()
    text: TextRecipe = TextRecipe()
    encoder: EncoderRecipe = EncoderRecipe()
    training: FinetuneRecipe = FinetuneRecipe()
    promotion: PromotionRecipe = PromotionRecipe()

    @field_validator("data")
    @classmethod
    def _has_distinct_columns(cls, data: DataRecipe) -> DataRecipe:
        data.require_distinct_columns()
        return data

    @model_validator(mode="before")
    @classmethod
    def _start_from_preset(cls, values: Any) -> Any:
        name = values.get("name", DEFAULT_PRESET) if isinstance(values, dict) else None
        preset = PRESETS.get(name) if isinstance(name, str) else None
        if preset is None:
            return values
        merged = preset.model_dump(mode="python")
        for part, value in values.items():
            both_are_dicts = isinstance(value, dict) and isinstance(merged.get(part), dict)
            merged[part] = merged[part] | _as_chosen(value) if both_are_dicts else value
        return merged

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Without defaults below `name`; each field's description names the values of the presets instead."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        for part in schema["properties"].keys() - {"name"}:
            schema["properties"][part].pop("default", None)
            described = handler.resolve_ref_schema(schema["properties"][part])
            described["title"] = part
            for field, about in described["properties"].items():
                about.pop("default", None)
                about["description"] += f" Preset value: {_preset_values(f'{part}.{field}')}."
                if about.get("type") == "boolean":
                    about["enum"] = [True, False]  # a drop-down, which can be left empty: a switch is on or off
                    del about["type"]
        return schema

    @property
    def digest(self) -> str:
        """Hex digest of every value of the recipe."""
        return digest_of(self.model_dump(mode="json"))

    def of_model(self) -> dict[str, dict[str, Any]]:
        """The fields that a model's directory holds: the key of the training and `recipe.json` are both made of them.

        It holds the fields that the model is used with (text columns, `max_len`) and those that decide its weights. The
        fields that decide the corpus, the tokens and the encoder are left out, since these have digests of their own.
        The candidates of SentencePiece sampling count only where there is sampling, the adaptation of the encoder only
        where there is one.
        """
        text, adaptation = self.text, self.encoder.adaptation()
        return {
            **({"encoder": adaptation} if adaptation else {}),
            "data": {"text_columns": list(self.data.text_columns)},
            "text": {
                "max_len": text.max_len,
                "bpe_dropout": text.bpe_dropout,
                "nbest_size": text.nbest_size if text.bpe_dropout else None,
            },
            "training": self.training.deciding(),
        }

    def flat(self) -> dict[str, Any]:
        """Every field by its dotted name, such as `training.epochs`."""
        flat: dict[str, Any] = {"name": self.name}
        for part, values in self.model_dump(mode="json", exclude={"name"}).items():
            flat |= {f"{part}.{field}": value for field, value in values.items()}
        return flat

    def with_changes(self, changes: dict[str, Any]) -> "TrainingRecipe":
        """A copy with some fields replaced, each named alone (`epochs`) or dotted (`training.epochs`).

        A revision is that of its encoder: another one in its place does not have it.

        Raises:
            RecipeError: a name is unknown, a value does not fit its field, or the preset's own name is to be changed,
                which would put the values of one preset under the name of another.
        """
        values = self.model_dump(mode="python")
        changed: dict[str, dict[str, Any]] = {}
        for name, value in changes.items():
            part, _, field = self.locate(name).rpartition(".")
            if part:
                changed.setdefault(part, {})[field] = value
            elif value != self.name:
                raise problem(RecipeError, "preset_is_no_field", "--set name", wanted=value)
        named = self.encoder.encoder
        if named and changed.get("encoder", {}).get("encoder", named) != named:
            changed["encoder"] = {"revision": "", **changed["encoder"]}
        for part, fields in changed.items():
            values[part] |= _as_chosen(fields)
        try:
            return TrainingRecipe.model_validate(values)
        except ValidationError as error:
            raise problem(RecipeError, "value_unfit", "recipe", reason=explain(error)) from None

    def on_machine(self, where: Settings) -> "TrainingRecipe":
        """The recipe with its encoder and revision named.

        An encoder that the recipe chooses stays, whichever it is; the machine's own (`STORYFLOWER_ENCODER`) takes the
        place of an empty one.
        """
        return self.model_copy(update={"encoder": self.encoder.resolved(where.encoder or DEFAULT_ENCODER)})

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
        similar = most_similar(name, fields.values())
        if similar:
            raise problem(RecipeError, "field_misspelt", "--set", name=name, similar=similar.rpartition(".")[2])
        raise problem(RecipeError, "field_unknown", "--set", name=name)

    def type_of(self, dotted: str) -> Any:
        """The type annotation of a field, by its dotted name."""
        part, _, field = dotted.rpartition(".")
        return get_type_hints(type(getattr(self, part)) if part else type(self))[field]


def _as_chosen(fields: dict[str, Any]) -> dict[str, Any]:
    """What is changed of a part: chosen class weights, or none, are not left to the preset's `class_weights_from`."""
    return {"class_weights_from": 1.0, **fields} if "class_weights" in fields else fields


def shown_value(value: Any) -> str:
    """A field's value as JSON; `none` where it is empty."""
    return "none" if value in (None, "") else json.dumps(value, ensure_ascii=False)


def _preset_values(field: str) -> str:
    """The values of a field in the presets; one value where they agree."""
    values = {name: shown_value(recipe.flat()[field]) for name, recipe in PRESETS.items()}
    if len(set(values.values())) == 1:
        return values[DEFAULT_PRESET]
    return ", ".join(f"{value} ({name})" for name, value in values.items())


PRESETS |= {name: TrainingRecipe(name=name, **parts) for name, parts in PRESET_PARTS.items()}
BEST, KOBERT, TINY = PRESETS["best"], PRESETS["kobert"], PRESETS["tiny"]

RECIPE_PARAMETER: Any = Field(default=BEST, json_schema_extra={"default": {"name": BEST.name}})
"""The default of a flow's parameter `recipe`: `BEST`, which the form shows as a preset with nothing changed."""
