"""Behaviour tests after CheckList (Ribeiro et al. 2020), on sentences that are in no corpus.

An invariance test changes what must not matter (blanks, punctuation, ㅋㅋ, typography, names): the answer should stay.
A directional test negates or reverses what happened: the answer should change. The rates are
reported and are no check of the gate.
"""

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Literal

Kind = Literal["invariance", "directional"]
Pair = tuple[str, str]
FEW = 3
"""Failures of a test that are kept as examples."""

_FINAL_MARKS = ".!?…~"
_FULL_WIDTH = str.maketrans(".,!?", "．，！？")


@dataclass(frozen=True)
class BehaviourTest:
    """Pairs of sentences that should be answered alike (invariance) or differently (directional)."""

    kind: Kind
    name: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Failure:
    """A pair that failed its test."""

    text: str
    changed: str
    answer: str
    """To `text`."""
    answer_to_changed: str


@dataclass(frozen=True)
class BehaviourRate:
    """How many pairs of a test passed."""

    kind: Kind
    name: str
    passed: int
    total: int
    failures: tuple[Failure, ...]
    """The first few."""

    @property
    def rate(self) -> float:
        """Share (0 to 1) of the pairs that passed."""
        return self.passed / self.total


def behaviour_tests() -> tuple[BehaviourTest, ...]:
    """The tests that ship with the package, in `behaviour.toml`."""
    given = tomllib.loads(files("storyflower.evaluation").joinpath("behaviour.toml").read_text("utf-8"))
    invariances = [
        BehaviourTest("invariance", name, tuple(_changed(given["sentences"], change)))
        for name, change in PERTURBATIONS.items()
    ]
    renamed = [
        (template.replace("{name}", name), template.replace("{name}", other))
        for template in given["named"]
        for name, other in pairwise(given["names"])
    ]
    names = BehaviourTest("invariance", "names", tuple(renamed))
    directional = [
        BehaviourTest("directional", name, tuple((text, other) for text, other in pairs))
        for name, pairs in given["directional"].items()
    ]
    return (*invariances, names, *directional)


def behaviour_rates(predict: Callable[[Sequence[str]], Sequence[str]]) -> tuple[BehaviourRate, ...]:
    """Run the tests on a model, with every sentence predicted once, in one call.

    Args:
        predict: returns the label of each text, in their order.
    """
    tests = behaviour_tests()
    texts = sorted({text for test in tests for pair in test.pairs for text in pair})
    answers = dict(zip(texts, predict(texts), strict=True))
    return tuple(_rated(test, answers) for test in tests)


def _rated(test: BehaviourTest, answers: dict[str, str]) -> BehaviourRate:
    alike = test.kind == "invariance"
    failures = [
        Failure(text, changed, answers[text], answers[changed])
        for text, changed in test.pairs
        if (answers[text] == answers[changed]) != alike
    ]
    total = len(test.pairs)
    return BehaviourRate(test.kind, test.name, total - len(failures), total, tuple(failures[:FEW]))


def _changed(sentences: Sequence[str], change: Callable[[str], Iterator[str]]) -> Iterator[Pair]:
    """Each sentence with each of its variants that really differs."""
    for text in sentences:
        for variant in dict.fromkeys(change(text)):
            if variant != text:
                yield text, variant


def _spacing(text: str) -> Iterator[str]:
    """Without any blank, as in a hasty message, and without the one in the middle."""
    yield text.replace(" ", "")
    blanks = [place for place, sign in enumerate(text) if sign == " "]
    middle = blanks[len(blanks) // 2]
    yield text[:middle] + text[middle + 1 :]


def _final_punctuation(text: str) -> Iterator[str]:
    bare = text.rstrip(_FINAL_MARKS)
    yield from (bare, f"{bare}.", f"{bare}!", f"{bare}~")


def _laughter_and_tears(text: str) -> Iterator[str]:
    """Habits of writing rather than signs of an emotion: ㅋㅋ softens sad messages too."""
    yield from (f"{text} ㅋㅋ", f"{text} ㅠㅠ")


def _typography(text: str) -> Iterator[str]:
    """Curly quotes and one-character ellipses, full-width marks, no-break spaces, decomposed Hangul (as macOS has)."""
    yield re.sub(r'"([^"]*)"', r"“\1”", text).replace("...", "…")
    yield text.translate(_FULL_WIDTH)
    yield text.replace(" ", "\u00a0")
    yield unicodedata.normalize("NFD", text)


PERTURBATIONS: dict[str, Callable[[str], Iterator[str]]] = {
    "spacing": _spacing,
    "final_punctuation": _final_punctuation,
    "laughter_and_tears": _laughter_and_tears,
    "typography": _typography,
}
"""Changes that leave the emotion of a sentence alone, by the test's name; reports show `behaviour.<name>`."""
