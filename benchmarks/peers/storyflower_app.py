"""`storyflower serve` in a chosen precision, which the command has no option for.

python -m benchmarks.peers.storyflower_app HOME PRECISION PORT
"""

import sys
from pathlib import Path
from typing import cast

from storyflower.app import server
from storyflower.app.access import Access
from storyflower.app.build import application
from storyflower.app.service import service_of
from storyflower.model.session import WantedPrecision
from storyflower.registry.references import ModelReference
from storyflower.storage.home import Home

if __name__ == "__main__":
    home = Home(Path(sys.argv[1]))
    precision = cast(WantedPrecision, sys.argv[2])
    with server.listening("127.0.0.1", int(sys.argv[3])) as listener:
        reference = ModelReference.parse("@champion", home.model)
        service = service_of(home, reference, Access(frozenset({"127.0.0.1"}), None), precision=precision)
        server.serve(application(service), listener, service.traffic)
