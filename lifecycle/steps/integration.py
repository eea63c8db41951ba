"""Integration and testing (pay in): one feature in one game."""

from lifecycle.deadlines import after, in_words
from lifecycle.machine import NEW, Context, Deadline, Guard, Machine, Rule, State
from lifecycle.steps.contract import SIGNED
from models.commands import Role
from models.documents import Contract, Integration


def contract_signed(context: Context) -> bool:
    """Whether the APIs of the integration's feature may be used: they may from the signature on."""
    contract = context.dossier.get(f"contract/{context.document.feature}", Contract)
    return contract is not None and contract.state in SIGNED


def game_registered(context: Context) -> bool:
    """Whether the integration's game is known."""
    return f"release/{context.document.game_id}" in context.dossier.documents


CONTRACT_SIGNED = Guard(
    "contract_not_signed",
    "Sign the contract of this feature first; then its APIs may be used.",
    contract_signed,
)
GAME_REGISTERED = Guard("unknown_game", "Register the game first.", game_registered)
NEWS_OF_A_RUN = ("checks",)

INTEGRATION = Machine(
    "integration",
    "Integration",
    Integration,
    states=(
        State(
            "not_run",
            "The integration has not been tested.",
            Role.ADMIN,
            todo="Integrate the feature and run its checks",
        ),
        State(
            "running",
            "The checks are running.",
            Role.PROVIDER,
            (
                Deadline(
                    "time_out",
                    after(lambda p: p.integration_run_limit),
                    when=lambda p: f"after a {in_words(p.integration_run_limit)}",
                ),
            ),
            effect="request_review",
        ),
        State(
            "failed",
            "A check failed; each says why and how to mend it.",
            Role.ADMIN,
            todo="Mend the failed checks and run them again",
        ),
        State("passed", "Every required check passed."),
    ),
    rules=(
        Rule(
            "add",
            (NEW,),
            "not_run",
            (Role.PIPELINE,),
            takes=("game_id", "feature"),
        ),
        Rule(
            "run",
            ("not_run", "failed", "passed"),
            "running",
            (Role.ADMIN,),
            (CONTRACT_SIGNED, GAME_REGISTERED),
            sets=lambda _: {"checks": []},
        ),
        Rule(
            "pass",
            ("running",),
            "passed",
            (Role.PROVIDER,),
            may_take=NEWS_OF_A_RUN,
            meaning="The integration passed every required check.",
        ),
        Rule(
            "fail",
            ("running",),
            "failed",
            (Role.PROVIDER,),
            may_take=NEWS_OF_A_RUN,
            meaning="An integration check failed; see which, why and how to mend it.",
        ),
        Rule(
            "time_out",
            ("running",),
            "failed",
            (Role.CLOCK,),
            meaning="The integration run gave no result in time; run it again.",
        ),
    ),
)
