"""Integration and testing (pay in): one feature in one game."""

from lifecycle.deadlines import after, in_words
from lifecycle.machine import NEW, Context, Deadline, Guard, Machine, Rule, State, Tone
from lifecycle.steps.contract import SIGNED
from models import effects
from models.commands import Role
from models.documents import Contract, Integration
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

INTEGRATION = Machine(
    name="integration",
    title="Integration",
    document=Integration,
    moves_money=False,
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
            deadlines=(
                Deadline(
                    event="time_out",
                    then="The checks count as failed, and you can run them again.",
                    due=after(lambda p: p.integration_run_limit),
                    when=lambda p: f"after a {in_words(p.integration_run_limit)}",
                ),
            ),
            effect=effects.REQUEST_REVIEW,
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
            roles=(Role.PROVIDER,),
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
            event="time_out",
            sources=(IntegrationState.RUNNING,),
            target=IntegrationState.FAILED,
            roles=(Role.CLOCK,),
            notification="The integration run gave no result in time; run it again.",
            webhook_type=WebhookType.INTEGRATION_FAILED,
        ),
    ),
)
