"""Releases with a fault in them, each in one place: workflow code as somebody may deploy it by mistake."""

from typing import Any

from temporalio import workflow
from temporalio.common import RawValue

from models.wire.steps import ExternalStep
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


class NewerStep(ExternalStep):
    """What activities are told in a newer release."""

    now: Any
    of_a_newer_release: int


@workflow.defn(name="OrganizationWorkflow")
class AsksMore(OrganizationWorkflow):
    """A newer release, which tells activities more than they know; of reviews, something that they cannot read."""

    @workflow.init
    def __init__(self, start: RawValue) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: RawValue) -> None:
        await super().run(start)

    def step_of(self, effect: Any) -> Any:
        step = dict(super().step_of(effect)) | {"of_a_newer_release": 3}
        return NewerStep(**step | ({"now": "by the moon"} if effect.name == "request_review" else {}))


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
