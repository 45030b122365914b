"""What compiling has cost on this machine, and what it has saved, kept beside the compiler's own cache.

The file is in Inductor's folder (`TORCHINDUCTOR_CACHE_DIR`): who clears the cache, after which compiling takes longer,
clears what is remembered of it too.
"""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean

from storyflower.atomic import write_atomically

log = logging.getLogger(__name__)

COSTS_FILE = "storyflower-compiling.json"


@dataclass(frozen=True)
class CompileCost:
    """What compiling one model takes, and what its compiled steps save."""

    seconds: float
    saved: float
    """Share of the seconds of a step, below 1; negative where compiled steps are slower."""

    def pays(self, step_seconds: float, steps_left: int) -> bool:
        """Whether a training is sooner done when it is compiled.

        Args:
            step_seconds: of a step that is not compiled.
            steps_left: after the present one.
        """
        return self.seconds < step_seconds * steps_left * self.saved


ASSUMED = {"cpu": CompileCost(45.0, 0.15), "cuda": CompileCost(60.0, 0.25)}
"""By kind of device, until a training has been compiled here: more seconds and less saved than was measured on the CPU
(20 to 35 s, 0.2 to 0.3), because a training that need not have been compiled is the worse mistake. Nothing has been
measured on a GPU yet (docs/log.md)."""


@dataclass(frozen=True)
class _Measured:
    """The measurements of one graph."""

    machine: str
    first_seconds: float
    """Of the first time, when the compiler's cache had nothing of this graph."""
    last_seconds: float
    saved: tuple[float, ...] = ()


class CompileCosts:
    """The measurements of this machine, in a file that several processes may use; a damaged one counts as empty."""

    def __init__(self, folder: Path | None = None) -> None:
        """Use the file in `folder`, or in the folder of the compiler's cache."""
        self._folder = folder

    @property
    def _file(self) -> Path:
        if self._folder is not None:
            return self._folder / COSTS_FILE
        from torch._inductor.runtime.cache_dir_utils import cache_dir  # loads the compiler, which takes seconds

        return Path(cache_dir()) / COSTS_FILE  # asked for the folder, PyTorch creates it

    def expected(self, graph: str, machine: str, assumed: CompileCost) -> CompileCost:
        """What compiling a graph will probably cost.

        Args:
            graph: digest of all that the compiled code depends on.
            machine: device and precision.
            assumed: as long as nothing has been measured.

        Returns:
            For a graph that has been compiled before, the seconds of the last time, when the compiler's cache had it.
            Else the mean of the first times of the graphs on the machine. The share that is saved is the mean of the
            measurements of the graph, or of the machine. `assumed` counts as one measurement in each mean, so that a
            single disturbed one does not decide for ever.
        """
        measured = self._read()
        known = measured.get(graph)
        same_machine = [one for one in measured.values() if one.machine == machine]
        first_times = [assumed.seconds, *(one.first_seconds for one in same_machine)]
        shares = [assumed.saved, *(share for one in ([known] if known else same_machine) for share in one.saved)]
        return CompileCost(known.last_seconds if known else fmean(first_times), fmean(shares))

    def note(self, graph: str, machine: str, seconds: float) -> None:
        """Remember how long compiling a graph took."""
        measured = self._read()
        known = measured.get(graph)
        first, saved = (known.first_seconds, known.saved) if known else (seconds, ())
        self._write(measured | {graph: _Measured(machine, first, seconds, saved)})

    def note_saved(self, graph: str, share: float) -> None:
        """Remember the share of a step's seconds that a compiled graph saved."""
        measured = self._read()
        if known := measured.get(graph):
            saved = (*known.saved, share)
            self._write(measured | {graph: _Measured(known.machine, known.first_seconds, known.last_seconds, saved)})

    def _read(self) -> dict[str, _Measured]:
        try:
            content = json.loads(self._file.read_text("utf-8"))
            return {graph: _Measured(**one | {"saved": tuple(one["saved"])}) for graph, one in content.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            log.debug("the costs of compiling cannot be read", exc_info=True)
            return {}

    def _write(self, measured: dict[str, _Measured]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with write_atomically(self._file) as draft:
                draft.write_text(json.dumps({graph: asdict(one) for graph, one in measured.items()}), "utf-8")
        except OSError:  # a training goes on without it
            log.debug("the costs of compiling cannot be kept", exc_info=True)
