"""The pipeline: the programme's page as data. Everything that depends on the order of the steps is derived from it.

An organization goes through its sections from left to right, and through the steps of a section as their needs allow.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from lifecycle.deadlines import PAY_OUT_OPEN
from lifecycle.machine import AnyGuard, AnyMachine
from lifecycle.steps.contract import CONTRACT
from lifecycle.steps.integration import CONTRACT_SIGNED, INTEGRATION
from lifecycle.steps.invoice import ACCOUNT_ACTIVE, INVOICE, STATEMENTS_CONFIRMED
from lifecycle.steps.launch import CONTRACTED, INTEGRATED, LAUNCH, QUALIFIED
from lifecycle.steps.payout.machine import PAYOUT
from lifecycle.steps.payout_account import PAYOUT_ACCOUNT
from lifecycle.steps.qualification import QUALIFICATION
from lifecycle.steps.statement import STATEMENT
from lifecycle.steps.verification import VERIFICATION, VERIFIED
from models.desks import Desk


class Per(StrEnum):
    """Of what there is one document each.

    Attributes:
        example: what an invented one has in its id after the name of its kind.
    """

    example: str

    def __new__(cls, name: str, example: str = "") -> Self:
        """What there is one of, by its name."""
        member = str.__new__(cls, name)
        member._value_, member.example = name, example
        return member

    ORGANIZATION = "organization"
    FEATURE = "feature", "/iap"
    GAME = "game", "/game_example1"
    GAME_AND_FEATURE = "game and feature", "/game_example1/iap"
    STREAM_AND_PERIOD = "stream and period", "/st_example1"
    INVOICE = "invoice", "/inv_example1"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: the machine of its documents, and how it hangs together with the other steps.

    Attributes:
        per: of what there is one document each.
        needs: what of other steps must hold before it can be taken; each is a guard of one of its rules.
        begins_with: the action that it begins with, where other steps may lock it and people should see why.
        opened_by: what brings its documents into being, when that is not the organization's own beginning.
        run_by: the workflow that carries it; the organization's own unless said otherwise.
        recurring: an organization has more of its documents every month, so that finished ones leave its workflow.
    """

    machine: AnyMachine
    per: Per
    needs: tuple[AnyGuard, ...] = ()
    begins_with: str = ""
    opened_by: str = ""
    run_by: str = "OrganizationWorkflow"
    recurring: bool = False

    @property
    def reviewed_by(self) -> tuple[Desk, ...]:
        """The desks to which it is handed in, in their order."""
        return tuple(dict.fromkeys(desk for state in self.machine.states for desk in state.desks))


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of the programme's page."""

    title: str
    steps: tuple[Step, ...]


PIPELINE = (
    Section(
        title="Prerequisite",
        steps=(Step(machine=VERIFICATION, per=Per.ORGANIZATION),),
    ),
    Section(
        title="Pay in",
        steps=(
            Step(
                machine=QUALIFICATION,
                per=Per.ORGANIZATION,
                needs=(VERIFIED,),
                begins_with="qualification.submit",
            ),
            Step(
                machine=CONTRACT,
                per=Per.FEATURE,
                needs=(VERIFIED,),
                begins_with="contract.sign",
            ),
            Step(
                machine=INTEGRATION,
                per=Per.GAME_AND_FEATURE,
                needs=(CONTRACT_SIGNED,),
                opened_by="launch.register",
            ),
            Step(
                machine=LAUNCH,
                per=Per.GAME,
                needs=(VERIFIED, QUALIFIED, INTEGRATED, CONTRACTED),
                opened_by="launch.register",
            ),
        ),
    ),
    Section(
        title="Pay out",
        steps=(
            Step(
                machine=PAYOUT_ACCOUNT,
                per=Per.ORGANIZATION,
                needs=(PAY_OUT_OPEN, VERIFIED),
                begins_with="payout_account.submit",
            ),
            Step(
                machine=STATEMENT,
                per=Per.STREAM_AND_PERIOD,
                opened_by="SettlementWorkflow",
                recurring=True,
            ),
            Step(
                machine=INVOICE,
                per=Per.INVOICE,
                needs=(PAY_OUT_OPEN, VERIFIED, ACCOUNT_ACTIVE, STATEMENTS_CONFIRMED),
                opened_by="invoice.submit",
                recurring=True,
            ),
            Step(
                machine=PAYOUT,
                per=Per.INVOICE,
                opened_by="invoice.approve",
                run_by="PayoutWorkflow",
                recurring=True,
            ),
        ),
    ),
)
"""All sections with their steps, in the order of the programme's page."""

STEPS = {step.machine.name: step for section in PIPELINE for step in section.steps}
"""All steps by the name of their machine, in order."""
