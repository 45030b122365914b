"""Links to the page of an MLflow run."""

from storyflower.messages import say
from storyflower.storage.home import is_server
from storyflower.tracking.runs import TrackedRun
from storyflower.tracking.store import client


def run_link(run: TrackedRun) -> str:
    """Return a link to a run as Markdown if the store is a server, else the run's id and the command to view it."""
    uri, run_id = run.home.mlflow_uri, run.run_id
    if is_server(uri):
        experiment = client(run.home).get_run(run_id).info.experiment_id
        return f"[MLflow {run_id}]({uri.rstrip('/')}/#/experiments/{experiment}/runs/{run_id})"
    return say("results.run", run=f"`{run_id}`", command="`make mlflow`")
