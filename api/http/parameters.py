"""Parameters of addresses: which ids they take, and how lists are asked for."""

from typing import Annotated

from fastapi import Header, Path, Query

from lifecycle.machines import MACHINES

Limit = Annotated[int, Query(ge=1, le=100, description="how many at most")]
StartingAfter = Annotated[
    str | None,
    Query(pattern=r"^[0-9A-Za-z_/]{1,200}$", description="the id of the last one you have: what follows it"),
]
Position = Annotated[int, Query(ge=0, le=2**31 - 1, description="the position of the last one you have")]
NotificationCursor = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,18}$", description="the id of the last one you have: what follows it"),
]
QueueCursor = Annotated[
    str | None,
    Query(pattern=r"^org_[0-9A-Za-z]+/[0-9A-Za-z_/]{1,200}$", description="organization id / document id"),
]

GameId = Annotated[str, Path(pattern=r"^game_[0-9A-Za-z]{1,40}$")]
StatementId = Annotated[str, Path(pattern=r"^st_[0-9A-Za-z]{1,40}$")]
InvoiceId = Annotated[str, Path(pattern=r"^inv_[0-9A-Za-z]{1,40}$")]
ComparisonId = Annotated[str, Path(pattern=r"^cmp_[0-9a-z]{1,40}$")]
FileIdInPath = Annotated[str, Path(pattern=r"^file_[0-9a-z]{1,40}$")]
InvitationId = Annotated[str, Path(pattern=r"^ivt_[0-9A-Za-z]{1,40}$")]
KeyId = Annotated[str, Path(pattern=r"^key_[0-9A-Za-z]{1,40}$")]
EndpointId = Annotated[str, Path(pattern=r"^whe_[0-9A-Za-z]{1,40}$")]
DeliveryId = Annotated[str, Path(pattern=r"^[0-9]{1,18}$")]


def states_of(machine: str) -> str:
    """A pattern of the states that a machine's documents may be in."""
    return f"^({'|'.join(state.name for state in MACHINES[machine].states)})$"


InState = Annotated[str | None, Query(pattern=states_of("statement"))]
OfGame = Annotated[str | None, Query(pattern=r"^game_[0-9A-Za-z]{1,40}$")]

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="the `ETag` of what you have read, so that you decide on that"),
]
