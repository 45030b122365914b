"""The hardware of this machine, and the precision for training and prediction on it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal

import torch

from storyflower.errors import StoryFlowerError
from storyflower.messages import Lang, problem, say
from storyflower.model.device_choice import Device, device_in_force
from storyflower.recipe_parts import Precision

__all__ = [
    "AMPERE",
    "Device",
    "Hardware",
    "autocast",
    "autocast_dtype",
    "choose_precision",
    "device_in_force",  # versions that were registered before it moved import it from here
    "find_hardware",
    "require_devices",
]

AMPERE = (8, 0)
"""The least compute capability of GPUs that support bf16 and variable-length attention."""

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True)
class Hardware:
    """Where the model runs."""

    device: Literal["cpu", "cuda"]
    gpus: tuple[str, ...] = ()
    """Names of the GPUs, in the order of their numbers; empty on the CPU."""
    capability: tuple[int, int] | None = None
    """Compute capability of GPU 0; None on the CPU."""

    @property
    def count(self) -> int:
        """The number of GPUs."""
        return len(self.gpus)

    def describe(self, lang: Lang | None = None) -> str:
        """Return one line for the user, in English such as `2 GPUs: 0 Tesla T4, 1 Tesla T4` or `CPU, 8 threads`."""
        if self.device == "cpu":
            threads = torch.get_num_threads()
            return say("hardware.cpu_one" if threads == 1 else "hardware.cpu", lang, threads=threads)
        names = ", ".join(f"{i} {name}" for i, name in enumerate(self.gpus))
        return say("hardware.gpu" if self.count == 1 else "hardware.gpus", lang, count=self.count, names=names)

    @property
    def recorded(self) -> str:
        """The description that runs and models record, in every language the same, so that trainings compare."""
        return self.describe("en")


def find_hardware(wanted: Device) -> Hardware:
    """Return the GPUs, or the CPU if there are none or `wanted` is `cpu`.

    Raises:
        StoryFlowerError: `wanted` is `cuda`, and PyTorch finds no GPU.
    """
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return Hardware("cpu")
    if not torch.cuda.is_available():
        raise problem(StoryFlowerError, "no_gpu_seen", "device", torch=torch.__version__)
    names = tuple(torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count()))
    return Hardware("cuda", names, torch.cuda.get_device_capability(0))


def require_devices(hardware: Hardware, wanted: int) -> None:
    """Check that there are `wanted` GPUs; on the CPU the devices are processes, whose number is not limited.

    Raises:
        StoryFlowerError: there are fewer.
    """
    if hardware.device == "cuda" and wanted > hardware.count:
        raise problem(
            StoryFlowerError,
            "too_few_devices",
            "devices",
            wanted=wanted,
            present=hardware.describe(),
            most=hardware.count,
        )


def choose_precision(hardware: Hardware, wanted: Precision) -> Precision:
    """Return the wanted precision, or for `auto` the fastest one that trains as well as fp32.

    Parameters are always fp32; bf16 and fp16 apply to matrix products alone (autocast).

    Raises:
        StoryFlowerError: the hardware does not support the wanted precision.
    """
    has_bf16 = _has_bf16(hardware)
    if wanted == "auto":
        if has_bf16:
            return "bf16"
        return "fp16" if hardware.device == "cuda" else "fp32"
    if wanted == "bf16" and hardware.device == "cuda" and not has_bf16:
        raise problem(StoryFlowerError, "gpu_without_bf16", "precision", gpu=hardware.gpus[0])
    if wanted == "fp16" and hardware.device == "cpu":
        raise problem(StoryFlowerError, "fp16_on_the_cpu", "precision")
    return wanted


@contextmanager
def computing_threads(threads: int) -> Iterator[None]:
    """Within it, the CPU computes with so many threads on behalf of the calling one.

    Sums that are split among another number of threads may differ in a last bit.
    """
    before = torch.get_num_threads()
    if threads != before:  # where it changes nothing, it still costs PyTorch its kept state
        torch.set_num_threads(threads)
    try:
        yield
    finally:
        if threads != before:
            torch.set_num_threads(before)


def autocast(device: str, precision: Precision) -> AbstractContextManager[object]:
    """A context that runs matrix products in `precision` (not `auto`) on the device; it has no effect for fp32."""
    if precision == "fp32":
        return nullcontext()
    return torch.autocast(torch.device(device).type, autocast_dtype(precision))


def autocast_dtype(precision: Precision) -> torch.dtype:
    """The type of the matrix products' operands in `precision` (not `auto`)."""
    return _DTYPES[precision]


def _has_bf16(hardware: Hardware) -> bool:
    """Whether bf16 products run in hardware; PyTorch also accepts bf16 if it has to emulate it, which is slow."""
    if hardware.capability is not None:
        return hardware.capability >= AMPERE
    capabilities = torch.cpu.get_capabilities()
    return any(capabilities.get(name, False) for name in ("amx_bf16", "avx512_bf16", "bf16", "sve_bf16"))
