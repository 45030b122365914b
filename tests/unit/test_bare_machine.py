"""The engine and its benchmarks run where only PyTorch, Transformers and a tokenizer are installed.

Each test is a Python process to which the packages of the data, tracking and orchestration layers do not exist.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ABSENT = ("pydantic", "pydantic_core", "pydantic_settings", "mlflow", "prefect", "pandera", "fastexcel", "openpyxl")

SITECUSTOMIZE = f"""
import sys
from importlib.machinery import PathFinder

class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {ABSENT!r} else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
"""

IMPORT_ALL = """
import importlib, pkgutil
from importlib.util import find_spec
import benchmarks.systems, storyflower.model, storyflower.text, storyflower.training

assert find_spec("pydantic") is None
for package in (storyflower.text, storyflower.model, storyflower.training, benchmarks.systems):
    for module in pkgutil.iter_modules(package.__path__):
        if (package.__name__, module.name) != ("benchmarks.systems", "workbooks"):  # it reads workbooks
            importlib.import_module(f"{package.__name__}.{module.name}")
import benchmarks.bench, benchmarks.finetune
"""

GPU_TESTS = (
    "tests/unit/model/test_packing.py",
    "tests/unit/model/test_devices.py",
    "tests/unit/training/test_loop.py",
    "tests/parity/test_varlen.py",
)
"""What docs/guides/training.md runs on a GPU machine before it measures."""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory):
    """Runs Python in the repository's root without the absent packages, and returns its standard output."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE, "utf-8")
    environment = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "HF_HUB_OFFLINE": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.mark.slow
def test_every_module_of_the_engine_and_of_its_benchmark_can_be_imported(bare):
    bare("-c", IMPORT_ALL)


@pytest.mark.slow
def test_the_tests_for_a_gpu_machine_are_collected(bare):
    chosen = ("-k", "(gpu or varlen or kernel) and not compiled")
    listed = bare("-m", "pytest", "-p", "no:cacheprovider", "--collect-only", "-q", *GPU_TESTS, *chosen)
    assert all(f"{file}::" in listed for file in GPU_TESTS), listed
