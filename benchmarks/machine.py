"""A description of the machine: hardware, versions, commit."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (
    *("torch", "transformers", "accelerate", "tokenizers", "sentencepiece"),
    *("numpy", "pandas", "fastexcel", "openpyxl", "prefect", "mlflow", "litserve", "openvino"),
)


def describe_machine() -> dict[str, str]:
    """Processor and cores, system, Python, the installed packages, and the commit if it is known."""
    about = {"cpu": f"{_cpu()}, {cores()} cores", "system": f"{platform.system()} {platform.machine()}"}
    about["python"] = platform.python_version()
    for package in PACKAGES:
        try:
            about[package] = version(package)
        except PackageNotFoundError:
            continue
    if commit := _commit():
        about["commit"] = commit
    return about


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def _commit() -> str | None:
    """The short commit, with a `+` if the working tree differs from it; None outside of a checkout."""
    try:
        commit, changes = (
            subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607
            for command in (("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit + ("+" if changes else "")
