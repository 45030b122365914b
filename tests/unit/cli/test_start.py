"""The entry point, interrupted at the worst moment."""

import subprocess
import sys

INTERRUPTED_BY_AN_IMPORT = """
import os, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "storyflower.cli.doctor":
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                raise ImportError(name)  # as some libraries do

sys.meta_path.insert(0, Interrupt())
sys.argv = ["storyflower", "--help"]
from storyflower.cli.start import main
main()
"""


def test_ctrl_c_during_the_imports_ends_quietly() -> None:
    command = [sys.executable, "-c", INTERRUPTED_BY_AN_IMPORT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
