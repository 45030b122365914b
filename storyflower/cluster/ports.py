"""The ports of a cluster's services."""

from dataclasses import dataclass

from storyflower.ports import LOOPBACK_ADDRESS, free_ports, open_port


@dataclass(frozen=True)
class Ports:
    """The port of each service; 0 is replaced by a free one."""

    database: int = 0
    store: int = 0
    mlflow: int = 0
    prefect: int = 0

    def chosen(self) -> "Ports":
        """The same, without zeros.

        Raises:
            StoryFlowerError: a given port cannot be opened.
        """
        given = (self.database, self.store, self.mlflow, self.prefect)
        for port in filter(None, given):
            open_port(LOOPBACK_ADDRESS, port, "cluster_port_taken").close()
        return Ports(*(port or free for port, free in zip(given, free_ports(len(given)), strict=True)))
