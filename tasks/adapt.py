"""Stage `adapt`: the encoder learns to predict hidden tokens of the training texts, before it is fine-tuned."""

from collections.abc import Sequence

from storyflower.model.devices import Device, find_hardware
from storyflower.pipeline.adapt import adapt_encoder
from storyflower.pipeline.history import read_history
from storyflower.pipeline.manifests import CorpusRef, EncoderRef, TokensRef
from storyflower.pipeline.unlabelled import digest_of_unlabelled, read_further
from storyflower.recipe import TrainingRecipe
from storyflower.storage.entries import Outcome
from storyflower.tracking.observer import MlflowObserver, log_history
from storyflower.tracking.runs import TrackedRun
from storyflower.tracking.terminal import progress_display
from storyflower.training.compiling import Compiling
from storyflower.training.progress import AdaptRecord
from tasks.stage import stage

_PREFIX = "adapt/"


@stage("adapt")
def adapt(
    run: TrackedRun,
    corpus: CorpusRef,
    tokens: TokensRef,
    encoder: EncoderRef,
    recipe: TrainingRecipe,
    unlabelled: Sequence[str],
    *,
    device: Device,
    compiling: Compiling,
) -> Outcome[EncoderRef]:
    """Adapt the encoder to the texts of the training split and of the files without labels; called as `finetune` is."""
    if (digest := digest_of_unlabelled(run.home, unlabelled)) is not None:
        run.set_tags({"unlabelled_sha256": digest})
    further = read_further(run.home, corpus, recipe, unlabelled)
    observer = MlflowObserver(run, _PREFIX)
    with progress_display() as display:
        outcome = adapt_encoder(
            *(run.home, corpus, tokens, encoder, recipe),
            hardware=find_hardware(device),
            further=further,
            observers=[display, observer],
            compiling=compiling,
        )
    observer.flush()  # after the encoder is stored, which does not depend on MLflow
    if outcome.cached:
        log_history(run, read_history(outcome.value, AdaptRecord), prefix=_PREFIX)
    return Outcome(outcome.value.encoder(encoder), outcome.cached, outcome.summary)
