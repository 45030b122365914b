"""Input and output of a measured process, as JSON files, so that each system runs in its own process."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

BATCH_SIZE = 64
DROPOUT = 0.5
WEIGHT_DECAY = 0.01
WARMUP_SHARE = 0.1
MAX_GRAD_NORM = 1.0
"""The notebook's recipe, which all systems follow."""


@dataclass(frozen=True)
class Job:
    """One training to measure."""

    system: str
    """`notebook`, `trainer`, `trainer-compiled`, `storyflower` (compiled), `storyflower-auto` (as it is shipped), or
    `storyflower:` and the name of an ablation."""
    encoder: str
    corpus: str
    """File of `save_corpus`."""
    device: Literal["cpu", "cuda"]
    epochs: int
    seed: int
    learning_rate: float
    max_steps: int | None
    """Steps of a training that is cut short: it goes over so many batches, whose lengths are those of the corpus."""
    judge: bool
    """Whether to judge the model on the development split."""


@dataclass(frozen=True)
class Window:
    """A stretch of training, measured while the device had nothing left to do at either end."""

    examples: int
    seconds: float


@dataclass(frozen=True)
class Measurement:
    """How a training went."""

    windows: list[Window]
    """In order; all steps, without evaluation and checkpoints."""
    compile_s: float = 0.0
    """Spent on compiling and capturing, as far as the windows do not hold it."""
    macro_f1: float | None = None
    """On the development split after the last epoch."""
    precision: str = "fp32"
    peak_mb: float = 0.0
    """MiB: of the device's memory on CUDA, of the process's resident memory on the CPU."""
    wall_s: float = 0.0
    """From the first weight in memory to the end of the training, the system's evaluations and checkpoints included."""
    device_name: str = ""
    notes: list[str] = field(default_factory=list)
    steady: Window | None = None
    """The steps whose pace is the steady one, where the system itself leaves out its preparations."""

    @property
    def examples(self) -> int:
        """Of all windows."""
        return sum(window.examples for window in self.windows)

    @property
    def training_s(self) -> float:
        """Seconds of all steps, and of compiling."""
        return sum(window.seconds for window in self.windows) + self.compile_s

    @property
    def steady_rate(self) -> float:
        """Examples a second once warm: all windows but the first, where there are several."""
        warm = [self.steady] if self.steady else self.windows[1:] or self.windows
        return sum(window.examples for window in warm) / sum(window.seconds for window in warm)

    def seconds_for(self, examples: int) -> float:
        """Seconds for so many examples: compiling, and then the steady pace."""
        return self.compile_s + examples / self.steady_rate

    def write(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, path: Path) -> "Measurement":
        """What `write` wrote."""
        values = json.loads(path.read_text("utf-8"))
        steady = values["steady"] and Window(**values["steady"])
        return cls(**values | {"windows": [Window(**window) for window in values["windows"]], "steady": steady})
