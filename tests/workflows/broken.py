"""Releases with a fault in them, each in one place: workflow code as somebody may deploy it by mistake."""

from typing import Any

from temporalio import workflow
from temporalio.common import RawValue

from workflows.organization import OrganizationWorkflow


@workflow.defn(name="OrganizationWorkflow")
class CannotDraw(OrganizationWorkflow):
    """Fails wherever it is to show where it stands."""

    @workflow.init
    def __init__(self, start: RawValue) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue) -> None:
        await super().run(start)

    def draw(self) -> Any:
        raise KeyError("page")


@workflow.defn(name="OrganizationWorkflow")
class CannotRing(OrganizationWorkflow):
    """Fails wherever it asks what the clock does next."""

    @workflow.init
    def __init__(self, start: RawValue) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue) -> None:
        await super().run(start)

    def first_to_ring(self) -> Any:
        raise ZeroDivisionError


@workflow.defn(name="OrganizationWorkflow")
class CannotAsk(OrganizationWorkflow):
    """Fails wherever something is to be done outside."""

    @workflow.init
    def __init__(self, start: RawValue) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue) -> None:
        await super().run(start)

    def step_of(self, effect: Any) -> Any:
        raise AttributeError("document")


@workflow.defn(name="OrganizationWorkflow")
class CannotJudge(OrganizationWorkflow):
    """Fails at every provider's word; people's commands are judged."""

    @workflow.init
    def __init__(self, start: RawValue) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue) -> None:
        await super().run(start)

    def judge(self, command: Any) -> Any:
        if command.actor.role == "provider":
            raise TypeError("facts")
        return super().judge(command)
