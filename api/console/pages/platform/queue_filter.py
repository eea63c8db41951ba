"""Which part of the queue somebody works through: it stands in the address of the queue and of each of its cases."""

from dataclasses import asdict, dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query

from api.services.platform.decisions import QueueFilter
from lifecycle.machines import MACHINES


@dataclass(frozen=True)
class AskedQueue:
    """The part of the queue that an address names."""

    machine: str | None = None
    late: bool | None = None
    waiting_for: Literal["operator", "finance"] | None = None

    @property
    def wanted(self) -> QueueFilter:
        """The same, as the services know it."""
        return QueueFilter(self.waiting_for, self.machine, self.late)

    @property
    def filtered(self) -> bool:
        """Whether it is less than the whole queue."""
        return bool(self.machine or self.late or self.waiting_for)

    def query(self, **change: object) -> str:
        """It as the end of an address, with something changed or added; empty for the whole queue."""
        said = {name: value for name, value in {**asdict(self), **change}.items() if value}
        said |= {name: "true" for name, value in said.items() if value is True}
        return f"?{urlencode(said)}" if said else ""


async def asked_queue(
    machine: str | None = None,
    late: bool | None = None,
    waiting_for: Annotated[Literal["operator", "finance", ""] | None, Query()] = None,
) -> AskedQueue:
    """What the address says; kinds of documents that there are not mean all."""
    return AskedQueue(machine if machine in MACHINES else None, late or None, waiting_for or None)


OfQueue = Annotated[AskedQueue, Depends(asked_queue)]
