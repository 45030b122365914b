"""Where the machines of a training meet: a small key-value store in the process that starts the training."""

import errno
import os
import re
import socket
from dataclasses import dataclass

from torch.distributed import HashStore, TCPStore  # type: ignore[attr-defined]  # its stubs leave them out
from torch.distributed.elastic.rendezvous import RendezvousHandler, RendezvousParameters
from torch.distributed.elastic.rendezvous.c10d_rendezvous_backend import C10dRendezvousBackend
from torch.distributed.elastic.rendezvous.dynamic_rendezvous import create_handler

from storyflower.errors import RecipeError, StoryFlowerError
from storyflower.messages import problem
from storyflower.recipe_parts import FinetuneRecipe

__all__ = ["RUN_ID", "VARIABLE", "Rendezvous", "TCPStore", "listening_store", "rendezvous_of"]

VARIABLE = "STORYFLOWER_RENDEZVOUS"
RUN_ID = "storyflower"
"""The `--rdzv-id` of the machines that join."""
_ADDRESS = re.compile(r"(?P<host>[^\s:/]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")


@dataclass(frozen=True)
class Rendezvous:
    """An address of this machine, and how many machines meet there."""

    host: str
    port: int
    """0: none is used."""
    nodes: int

    @property
    def place(self) -> str:
        """`host:port`, for messages."""
        return f"{self.host}:{self.port}"

    def require_address(self) -> None:
        """Listen at this address for a moment, to find out whether one could; alone, nowhere.

        Raises:
            StoryFlowerError: this machine does not have the address, or (retryable) another process listens there.
        """
        if self.nodes > 1:
            _listener(self.host, self.port).close()

    def opened(self) -> RendezvousHandler:
        """Listen at this address, and at no other one, as long as the returned object lives; alone, nowhere.

        PyTorch unpickles what it finds in this store. That of one machine therefore stays within this process.

        Raises:
            StoryFlowerError: this machine does not have the address, or another process listens there.
        """
        store = HashStore() if self.nodes == 1 else listening_store(self.host, self.port)
        parameters = RendezvousParameters(
            backend="c10d",
            endpoint=self.place,
            run_id=RUN_ID,
            min_nodes=self.nodes,
            max_nodes=self.nodes,
            local_addr=self.host,
        )
        return create_handler(store, C10dRendezvousBackend(store, RUN_ID), parameters)


def rendezvous_of(recipe: FinetuneRecipe) -> Rendezvous:
    """Where the machines of a training meet: on the loopback for one, else where `STORYFLOWER_RENDEZVOUS` says.

    Raises:
        RecipeError: the recipe has several nodes, and the variable is missing or is no `host:port`.
    """
    if recipe.nodes == 1:
        return Rendezvous("127.0.0.1", 0, 1)
    address = os.environ.get(VARIABLE, "")
    if not address:
        raise problem(RecipeError, "rendezvous_missing", "nodes", nodes=recipe.nodes)
    found = _ADDRESS.fullmatch(address)
    if not found or not 0 < int(found["port"]) < 2**16:
        raise problem(RecipeError, "rendezvous_unfit", VARIABLE, address=address)
    return Rendezvous(found["host"].strip("[]"), int(found["port"]), recipe.nodes)


def listening_store(host: str, port: int) -> TCPStore:
    """A store that listens at one address of this machine. Of itself PyTorch's listens at all of them.

    Raises:
        StoryFlowerError: see `Rendezvous.require_address`.
    """
    listener = _listener(host, port)
    bound = listener.getsockname()[1]
    return TCPStore(host, bound, is_master=True, wait_for_workers=False, master_listen_fd=listener.detach())


def _listener(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        place = f"{host}:{port}"
        failure = problem(StoryFlowerError, "rendezvous_not_opened", VARIABLE, place=place, reason=error)
        failure.retryable = error.errno == errno.EADDRINUSE
        raise failure from error
