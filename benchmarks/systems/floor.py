"""The minimum work of a training, and the maximum speed of a device."""

import json
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PEAK_TFLOPS = {
    "B200": 2250.0,
    "GH200": 989.4,
    "H200": 989.4,
    "H100 PCIe": 756.0,
    "H100 NVL": 835.0,
    "H100": 989.4,
    "L40S": 362.0,
    "L4": 121.0,
    "A100": 312.0,
    "A40": 149.7,
    "A10": 125.0,
    "V100": 125.0,
    "T4": 65.0,
    "RTX 4090": 165.2,
    "RTX 3090": 71.0,
}
"""10^12 operations a second of dense 16-bit matrix products with fp32 sums, from NVIDIA's data sheets; a longer name
comes before a shorter one that it contains."""


def peak_flops(device_name: str) -> float | None:
    """Operations per second in the device's data sheet; None for CPUs and devices that are not in the table."""
    for name, tera in PEAK_TFLOPS.items():
        if re.search(rf"\b{re.escape(name)}\b", device_name):
            return tera * 1e12
    return None


def training_flops(encoder: Path, lengths: NDArray[np.int64], classes: int) -> float:
    """Operations of training on one average text: forward pass and twice that for the backward pass.

    6 for each token and matrix parameter of the layers, 12 · layers · width for each pair of tokens in attention, 6
    for each parameter of pooler and head once a text (Kaplan et al. 2020, https://arxiv.org/abs/2001.08361).
    Embeddings are looked up, not multiplied.

    Args:
        encoder: directory with `config.json`.
        lengths: (n,) tokens of each text, without padding.
        classes: labels.
    """
    config = json.loads((encoder / "config.json").read_text("utf-8"))
    layers, width, inner = (int(config[key]) for key in ("num_hidden_layers", "hidden_size", "intermediate_size"))
    matrices = layers * (4 * width**2 + 2 * width * inner)
    attention = 12 * layers * width * float((lengths.astype(np.float64) ** 2).mean())
    return 6 * matrices * float(lengths.mean()) + attention + 6 * width * (width + classes)
