"""Logs an error that the user can solve once in a flow run, as a sentence without a traceback."""

import logging
from weakref import WeakSet

from storyflower.errors import StoryFlowerError

_RUN_LOGGERS = ("prefect.flow_runs", "prefect.task_runs")


class PlainErrors(logging.Filter):
    """Filter of Prefect's logs, which repeat an exception with its traceback for the task, the flow and the engine."""

    def __init__(self) -> None:
        super().__init__()
        self._logged: WeakSet[StoryFlowerError] = WeakSet()

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the first record of a `StoryFlowerError`, with its text as the message; leave other records alone."""
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, StoryFlowerError):
            return True
        if error in self._logged:
            return False
        self._logged.add(error)
        record.msg, record.args, record.exc_info, record.exc_text = str(error), (), None, None
        return True


_FILTER = PlainErrors()


def log_errors_plainly() -> None:
    """Add the filter to Prefect's run loggers in this process; a second call has no effect."""
    for name in _RUN_LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
