"""Stage `finetune`: trains a classifier from the encoder; an interrupted training resumes after its last epoch."""

from storyflower.model.devices import Device, find_hardware
from storyflower.pipeline.finetune import finetune_encoder
from storyflower.pipeline.history import read_history
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, ModelRef, TokensRef
from storyflower.recipe import TrainingRecipe
from storyflower.storage.entries import Outcome
from storyflower.tracking.observer import MlflowObserver, log_history
from storyflower.tracking.runs import TrackedRun
from storyflower.tracking.terminal import progress_display
from storyflower.training.compiling import Compiling
from storyflower.training.progress import EpochRecord
from tasks.stage import stage


@stage("finetune")
def finetune(
    run: TrackedRun,
    corpus: CorpusRef,
    tokens: TokensRef,
    encoder: EncoderRef,
    recipe: TrainingRecipe,
    *,
    device: Device,
    compiling: Compiling,
) -> Outcome[ModelRef]:
    """Fine-tune the encoder on the training split; keep the epoch that is best on the development split.

    Called directly, never submitted: signals and time limits reach the main thread only.
    """
    observer = MlflowObserver(run)
    with progress_display() as display:
        outcome = finetune_encoder(
            *(run.home, corpus, tokens, encoder, recipe),
            hardware=find_hardware(device),
            observers=[display, observer],
            compiling=compiling,
        )
    observer.flush()  # after the model is stored, which does not depend on MLflow
    facts = outcome.value.facts
    if outcome.cached:
        log_history(run, read_history(outcome.value, EpochRecord))
        trained_on = {"device": facts.device, "precision": facts.precision}  # as `observer` tags a run that trains
        run.set_tags({name: value for name, value in trained_on.items() if value is not None})
    run.log_metrics({"best_epoch": facts.best_epoch, "dev_macro_f1": facts.best.dev_macro_f1})
    return outcome
