"""A process of a machine that joins a training: `torchrun … -m storyflower.training`.

The job, its checkpoints and everything else come from the machine that runs `storyflower train`.
"""

import signal
import sys

from torch.distributed.elastic.multiprocessing.errors import record

from storyflower.errors import StoryFlowerError
from storyflower.training.membership import run_rank


@record
def main() -> None:
    """Take part in one training.

    Raises:
        SystemExit: with code 1, after an error was written to standard error.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # torchrun ends its processes by it, without a traceback of each
    try:
        run_rank(None, [])
    except StoryFlowerError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
