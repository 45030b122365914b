"""How a study is opened: by the one process that asks for trials, and by workers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from storyflower.errors import StudyError
from storyflower.messages import problem
from storyflower.storage.home import Home
from storyflower.sweeps.asking import AskedStudy
from storyflower.sweeps.proposals import pruner_of, require_optuna
from storyflower.sweeps.space import PrunerName, SamplerName, SearchSpace
from storyflower.sweeps.study import QUARTERS, Study
from storyflower.sweeps.study_store import StudyPlace, only_asker, study_errors, study_storage


@contextmanager
def open_study(
    home: Home, key: str, space: SearchSpace, *, sampler: SamplerName, pruner: PrunerName, folds: int, seed: int
) -> Iterator[AskedStudy]:
    """Open the study of a sweep, which is created where there is none, as the only process that asks for trials.

    Raises:
        StoryFlowerError: Optuna, or the driver of the database, is not installed.
        StudyError: the database cannot be used, or another process sweeps with the same key in it.
    """
    place = StudyPlace.of(home, key)
    folder = home.sweeps / key
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)  # the time of the last use
    with study_storage(place) as storage, only_asker(storage, place, key) as asker:
        with study_errors(place):
            study = require_optuna().create_study(
                storage=storage,
                study_name=key,
                direction="maximize",
                load_if_exists=True,
                pruner=pruner_of(pruner, folds * QUARTERS),
            )
        yield AskedStudy(study, storage, place, space, sampler, seed, asker)


@contextmanager
def join_study(home: Home, key: str, *, pruner: PrunerName, folds: int) -> Iterator[Study]:
    """Open the study of a sweep on a worker, to train trials that another process has asked for.

    Raises:
        StoryFlowerError: Optuna, or the driver of the database, is not installed.
        StudyError: the database cannot be used, or does not have the study.
    """
    place = StudyPlace.of(home, key)
    if place.file is not None and not place.file.exists():
        raise problem(StudyError, "study_absent", str(place))
    with study_storage(place) as storage:
        optuna = require_optuna()
        try:
            with study_errors(place):
                study = optuna.load_study(
                    storage=storage,
                    study_name=key,
                    sampler=optuna.samplers.RandomSampler(),
                    pruner=pruner_of(pruner, folds * QUARTERS),
                )
        except KeyError:
            raise problem(StudyError, "study_absent", str(place)) from None
        yield Study(study, storage, place)
