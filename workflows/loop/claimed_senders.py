"""Who has given something by hand: looked up afterwards in the workflow's own history, which alone is told."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RawValue, RetryPolicy

from models.wire.activities import WHO_GAVE_BY_HAND
from models.wire.given_by_hand import fingerprint
from models.wire.steps import WhoGave
from workflows.inputs import WorkflowInput
from workflows.loop import outside
from workflows.loop.unattended import Unattended
from workflows.loop.unforeseen import where

BY_WHOM = "by-whom-temporal-says"
"""The patch since which that is looked up."""

MOST_AT_ONCE = 50
"""How many are looked up together; of more that come meanwhile it stays unknown."""

PAUSE = timedelta(seconds=10)
"""Between one look and the next, however many messages come: a flood of them costs no more."""

LOOK_TIMEOUT = timedelta(seconds=20)


class ClaimedSenders(Unattended):
    """The messages of strangers of which it is still to be asked whose they are."""

    def begin(self, start: WorkflowInput) -> None:
        """Take over what the input says."""
        super().begin(start)
        self.strangers: dict[str, str] = {}
        self.asking: asyncio.Task[None] | None = None
        self.asked_at: datetime | None = None

    def note_hand(self, command_id: str, given: RawValue) -> None:
        """Have it looked up later who has given something by hand."""
        self.note_mark(command_id, fingerprint(given.payload.data))

    def note_mark(self, command_id: str, mark: str) -> None:
        """The same for something that is known by a mark."""
        if len(self.strangers) < MOST_AT_ONCE:
            self.strangers[command_id] = mark

    def ask_by_whom(self) -> None:
        """Begin to look it up, if there is anything to look up."""
        if self.strangers and self.asking is None and workflow.patched(BY_WHOM):
            self.asking = asyncio.create_task(self.look_up())

    async def look_up(self) -> None:
        """Look it up and keep it; what cannot be found out stays unknown, and harms nothing."""
        if self.asked_at is not None and (early := self.asked_at + PAUSE - workflow.now()) > timedelta(0):
            await workflow.sleep(early, summary="before it is looked up again who gives commands by hand")
        wanted, self.strangers = self.strangers, {}
        try:
            await outside.execute_activity(
                WHO_GAVE_BY_HAND,
                WhoGave(organization_id=self.organization_id, wanted=wanted),
                start_to_close_timeout=LOOK_TIMEOUT,
                retry_policy=RetryPolicy(maximum_attempts=5),
                summary="by whom Temporal says that commands were given by hand",
            )
        except Exception:
            # Whatever it was: a life must neither wait for this nor end by it.
            workflow.logger.exception("who gave commands by hand cannot be found out", extra=where())
        self.asked_at = workflow.now()
        self.asking = None
        self.woken = True
