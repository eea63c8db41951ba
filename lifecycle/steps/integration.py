"""Integration and testing (pay in): one feature in one game."""

from lifecycle.deadlines import after, in_words
from lifecycle.machine import NEW, Context, Deadline, Guard, Machine, Rule, State, Tone
from lifecycle.reviewing import (
    people_may,
    review_late,
    review_rules,
    while_heard,
    while_people_decide,
)
from lifecycle.steps.contract import SIGNED
from lifecycle.steps.verification import REVIEWERS
from models import effects
from models.commands import Role
from models.desks import Desk
from models.documents import Contract, Integration
from models.reasons import reviews
from models.states import IntegrationState
from models.webhooks import WebhookType


def contract_signed(context: Context[Integration]) -> bool:
    """Whether the APIs of the integration's feature may be used: they may from the signature on."""
    contract = context.dossier.get(f"contract/{context.document.feature}", Contract)
    return contract is not None and contract.state in SIGNED


def game_registered(context: Context[Integration]) -> bool:
    """Whether the integration's game is known."""
    return f"launch/{context.document.game_id}" in context.dossier.documents


CONTRACT_SIGNED: Guard[Integration] = Guard(
    code="contract_not_signed",
    reason="Sign the contract of this feature first; then its APIs may be used.",
    holds=contract_signed,
    waits_for_step="contract",
    moved_by=lambda document, dossier: [f"contract/{document.feature}"],
)
GAME_REGISTERED = Guard(code="unknown_game", reason="Register the game first.", holds=game_registered)
NEWS_OF_A_RUN = ("checks",)
DESKS = (Desk.INTEGRATIONS,)
TIME_OUT: Deadline[Integration] = Deadline(
    event="time_out",
    then="The checks count as failed, and you can run them again.",
    due=after(lambda p: p.integration_run_limit),
    when=lambda p: f"after a {in_words(p.integration_run_limit)}",
)
PEOPLE_MAY = people_may(DESKS)

INTEGRATION = Machine(
    name="integration",
    title="Integration",
    document=Integration,
    moves_money=False,
    checklist=(
        "The feature works in the game, on a common phone.",
        "What is watched or bought is granted, once.",
    ),
    states=(
        State(
            name=IntegrationState.NOT_RUN,
            description="The integration has not been tested.",
            waits_for=Role.ADMIN,
            todo="Build {feature} into {game} and run the checks",
        ),
        State(
            name=IntegrationState.RUNNING,
            description="The checks are running.",
            waits_for=Role.PROVIDER,
            desks=DESKS,
            deadlines=(
                while_heard(TIME_OUT, DESKS),
                while_people_decide(review_late(lambda p: p.launch_review_days, DESKS), DESKS),
            ),
            effect=effects.REQUEST_REVIEW,
            todo="Try {feature} in {game}, then say whether it passes",
        ),
        State(
            name=IntegrationState.FAILED,
            description="A check failed; each says why, and how to fix it.",
            waits_for=Role.ADMIN,
            todo="Fix the failed checks of {feature} in {game} and run them again",
            tone=Tone.BAD,
        ),
        State(name=IntegrationState.PASSED, description="Every required check passed.", tone=Tone.GOOD),
    ),
    rules=(
        Rule(
            event="add",
            sources=(NEW,),
            target=IntegrationState.NOT_RUN,
            roles=(Role.PIPELINE,),
            required_facts=("game_id", "feature"),
        ),
        Rule(
            event="run",
            sources=(IntegrationState.NOT_RUN, IntegrationState.FAILED, IntegrationState.PASSED),
            target=IntegrationState.RUNNING,
            roles=(Role.ADMIN,),
            guards=(CONTRACT_SIGNED, GAME_REGISTERED),
            updates=lambda _: {"checks": []},
        ),
        Rule(
            event="pass",
            sources=(IntegrationState.RUNNING,),
            target=IntegrationState.PASSED,
            roles=REVIEWERS,
            guards=(PEOPLE_MAY,),
            optional_facts=NEWS_OF_A_RUN,
            notification="The integration passed every required check.",
            webhook_type=WebhookType.INTEGRATION_PASSED,
        ),
        Rule(
            event="fail",
            sources=(IntegrationState.RUNNING,),
            target=IntegrationState.FAILED,
            roles=(Role.PROVIDER,),
            optional_facts=NEWS_OF_A_RUN,
            notification="An integration check failed; see which, why and how to fix it.",
            webhook_type=WebhookType.INTEGRATION_FAILED,
        ),
        Rule(
            event="fail",
            sources=(IntegrationState.RUNNING,),
            target=IntegrationState.FAILED,
            roles=(Role.OPERATOR,),
            guards=(PEOPLE_MAY,),
            optional_facts=NEWS_OF_A_RUN,
            needs_reasons=True,
            usual_reasons=reviews.INTEGRATION,
            notification="An integration check failed; see which, why and how to fix it.",
            webhook_type=WebhookType.INTEGRATION_FAILED,
        ),
        Rule(
            event="time_out",
            sources=(IntegrationState.RUNNING,),
            target=IntegrationState.FAILED,
            roles=(Role.CLOCK,),
            notification="The integration run gave no result in time; run it again.",
            webhook_type=WebhookType.INTEGRATION_FAILED,
        ),
        *review_rules(DESKS, IntegrationState.RUNNING),
    ),
)
