"""What a worker is given of a sweep: names and keys, with which it finds everything on its own machine."""

from pydantic import BaseModel, ConfigDict, Field

from storyflower.digests import digest_of
from storyflower.errors import StoryFlowerError
from storyflower.messages import problem
from storyflower.model.devices import find_hardware
from storyflower.pipeline.encoder import prepare_encoder
from storyflower.pipeline.manifests import NORMALIZE_STAGE, CorpusRef
from storyflower.pipeline.unlabelled import read_further
from storyflower.recipe import TrainingRecipe
from storyflower.settings import Settings
from storyflower.storage.home import Home
from storyflower.storage.stages import StageStore
from storyflower.storage.storable_location import Location
from storyflower.sweeps.plan import SweepPlan
from storyflower.sweeps.sweep import Sweep
from storyflower.sweeps.trial import Bench


class SweepJob(BaseModel):
    """What all trials of a sweep have in common. Nothing in it is a path or a secret of one machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    study: str = Field(description="The name of the study: the key of the sweep.")
    token: str = Field(description="The random name of the study, part of the names of the flow runs.")
    run_id: str = Field(description="The MLflow run of the sweep.")
    plan: SweepPlan = Field(description="What the sweep searches.")
    recipe: TrainingRecipe = Field(description="What is not varied, as it was given.")
    corpus: str = Field(description="The key of the corpus in the stage store.")
    encoder: str = Field(description="The digest of the encoder.")
    unlabelled: tuple[Location, ...] = Field((), description="Files of further texts, as they were given.")
    further: str | None = Field(None, description="The digest of the texts of these files.")

    @classmethod
    def of(cls, sweep: Sweep, run_id: str, recipe: TrainingRecipe, unlabelled: tuple[str, ...]) -> "SweepJob":
        """The job of an open sweep; `recipe` is the one that was given, before the machine named its encoder.

        The encoder is made here, if it has to be: the workers find it. They find the corpus too, also where the store
        was emptied after an earlier sweep.

        Raises:
            SharedStoreError: the shared store cannot be used.
        """
        bench = sweep.bench
        return cls(
            study=sweep.key,
            token=sweep.study.token,
            run_id=run_id,
            plan=sweep.plan,
            recipe=recipe,
            corpus=StageStore(bench.home).share(bench.corpus).key,
            encoder=prepare_encoder(bench.home, bench.corpus, bench.recipe).value.digest,
            unlabelled=unlabelled,
            further=digest_of(bench.further) if bench.further else None,
        )


class TrialJob(BaseModel):
    """What one flow run trains: a trial, or a finalist with one more seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sweep: SweepJob
    number: int = Field(description="The number of the trial, from 1.")
    index: int | None = Field(None, description="Of the attempt in the study; empty for a finalist.")
    seed: int | None = Field(None, description="With which a finalist is trained; empty for a trial.")

    @property
    def name(self) -> str:
        """The name of the work, the same for every flow run that does it."""
        seed = "" if self.seed is None else f"-seed-{self.seed}"
        return f"trial-{self.number}{seed}"


def bench_of(job: SweepJob, home: Home, machine: Settings) -> Bench:
    """What the trials of a sweep are trained with on this machine.

    Raises:
        StoryFlowerError: the corpus is neither in the home nor in the shared store, or the encoder or the further texts
            are not those of the sweep.
    """
    recipe = job.recipe.on_machine(machine)
    corpus = StageStore(home).get(CorpusRef, NORMALIZE_STAGE, job.corpus)
    if corpus is None:
        raise problem(StoryFlowerError, "sweep_corpus_absent", str(home.folder), key=job.corpus)
    encoder = prepare_encoder(home, corpus, recipe).value
    if encoder.digest != job.encoder:
        raise problem(StoryFlowerError, "sweep_other_encoder", recipe.encoder.encoder)
    further = tuple(read_further(home, corpus, recipe, job.unlabelled))
    if (digest_of(further) if further else None) != job.further:
        raise problem(StoryFlowerError, "sweep_other_texts", ", ".join(job.unlabelled))
    return Bench(home, corpus, recipe, find_hardware(machine.device), machine.compile, further)
