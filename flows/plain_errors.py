"""The log of a flow run reports an error that its user can mend in a sentence, once, without a traceback."""

import logging
from weakref import WeakSet

from storyflower.errors import StoryFlowerError

_RUN_LOGGERS = ("prefect.flow_runs", "prefect.task_runs")


class PlainErrors(logging.Filter):
    """Prefect logs the exception that ends a run with its traceback: for the task, the flow and the engine in turn."""

    def __init__(self) -> None:
        super().__init__()
        self._logged: WeakSet[StoryFlowerError] = WeakSet()

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the first record of an error, with the error's own words as its message; leave all others alone."""
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
    """Filter what Prefect's run loggers of this process record; calling it again changes nothing."""
    for name in _RUN_LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
