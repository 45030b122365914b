"""The engine and its benchmarks run where only PyTorch, Transformers and a tokenizer are installed.

Each test is a Python process to which every other package of this environment does not exist.
"""

import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]

PRESENT = (
    *("torch", "transformers", "accelerate", "scikit-learn", "sentencepiece", "protobuf"),
    *("pandas", "pyarrow", "pytest"),
)
"""What a machine for measuring has, with what these require (`benchmarks/finetune.py`)."""
UNUSED = "typer"
"""Required by Transformers for its command line alone; with it would come pydantic."""

SITECUSTOMIZE = """
import sys
from importlib.machinery import PathFinder

ABSENT = {absent!r}

class Finder(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in ABSENT else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
"""

IMPORT_ALL = """
import importlib, pkgutil
from importlib.util import find_spec
import benchmarks.systems, storyflower.model, storyflower.text, storyflower.training

assert not any(map(find_spec, ("pydantic", "mlflow", "hypothesis", "xdist")))
for package in (storyflower.text, storyflower.model, storyflower.training, benchmarks.systems):
    for module in pkgutil.iter_modules(package.__path__):
        if (package.__name__, module.name) != ("benchmarks.systems", "workbooks"):  # it reads workbooks
            importlib.import_module(f"{package.__name__}.{module.name}")
import benchmarks.bench, benchmarks.finetune
"""


def absent_modules() -> set[str]:
    """The modules of every installed distribution but those of `PRESENT` and what they require."""
    present = {"storyflower"}
    left = [Requirement(name) for name in PRESENT]
    while left:
        wanted = left.pop()
        name = canonicalize_name(wanted.name)
        if name in {*present, UNUSED} or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        present.add(name)
        left += map(Requirement, distribution(name).requires or ())
    owners = packages_distributions()
    return {module for module, of in owners.items() if not present & {canonicalize_name(name) for name in of}}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory):
    """Runs Python in the repository's root without the absent packages, and returns its standard output."""
    folder = tmp_path_factory.mktemp("bare")
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE.format(absent=absent_modules()), "utf-8")
    environment = os.environ | {
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "HF_HUB_OFFLINE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # metadata of the plugins that are made absent is still there
    }

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
def test_the_tests_for_a_gpu_machine_are_collected_as_the_guide_names_them(bare):
    guide = (ROOT / "docs" / "guides" / "training.md").read_text("utf-8")
    [arguments] = re.findall(r"^python -m (pytest .*)$", guide, re.MULTILINE)
    listed = bare("-m", *shlex.split(arguments), "-p", "no:cacheprovider", "--collect-only")
    marked = {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "tests").rglob("test_*.py")
        if "@pytest.mark.gpu" in file.read_text("utf-8") and file != Path(__file__)
    }
    assert len(marked) > 5
    assert {line.partition("::")[0] for line in listed.splitlines() if "::" in line} >= marked
