"""Running a flow in the process of a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from storyflower.cli.console import prepare_libraries, show_progress_of_stages
from storyflower.cli.reconcile import end_orphaned_servers
from storyflower.pipeline.source import CorpusSource
from storyflower.recipe import TrainingRecipe
from storyflower.settings import settings
from storyflower.storage.home import Home


@contextmanager
def flow_process(source: CorpusSource, recipe: TrainingRecipe) -> Iterator[None]:
    """Within it, this process can import and run the flows, with access to the Prefect server.

    What the training needs is checked first, so that a mistyped path starts no server and opens no run.

    Raises:
        StoryFlowerError: something that the training needs is missing, or the Prefect server does not answer.
    """
    from storyflower.data.fetched_file import fetched_once
    from storyflower.preflight import preflight

    machine = settings()
    with fetched_once():
        preflight(Home.of(machine), source, recipe.on_machine(machine), machine.device)
        prepare_libraries()
        end_orphaned_servers()
        show_progress_of_stages()

        # Prefect reads its environment when it is imported: prepared by now.
        from flows.access import start_temporary_server, use_prefect
        from flows.reporting import reported

        use_prefect()
        start_temporary_server()
        with reported():
            yield
