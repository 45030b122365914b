"""The score flow: a workbook, CSV or Parquet file in, the same with emotions out.

The work is that of `storyflower score`, shard by shard; a run that was killed goes on when it is run again.
"""

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.reporting import wait_for_the_server
from storyflower.registry.to_score import scoring_model
from storyflower.scoring.report import ScoreReport
from storyflower.scoring.request import ScoreRequest
from storyflower.settings import settings
from storyflower.storage.home import Home
from tasks.score import score_file


@flow(
    name="score",
    flow_run_name="score-{request.name}",
    description="A workbook, CSV or Parquet file in, the same with emotions out.",
)
def score(request: ScoreRequest) -> State[ScoreReport]:
    """A workbook, CSV or Parquet file in, the same with emotions out.

    Args:
        request: The file, the model, and how it is scored.
    """
    machine = settings()
    home = Home.of(machine)
    model = scoring_model(home, request.model)
    ended: State[ScoreReport] = score_file(home, model, request, machine.device, return_state=True)  # type: ignore[assignment]
    report = ended.result()
    wait_for_the_server()
    return Completed(message=report.summary, data=report)
