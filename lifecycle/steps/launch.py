"""Launch (pay in): one game, from registration over app review to live."""

from collections.abc import Iterable
from dataclasses import replace

from lifecycle.machine import NEW, Consequence, Context, Guard, Machine, Rule, State, Tone
from lifecycle.reviewing import review_rules, under_review
from lifecycle.steps.contract import IN_FORCE
from lifecycle.steps.verification import REVIEWERS, VERIFIED
from models import effects
from models.commands import Role
from models.desks import Desk
from models.documents import Contract, Launch, Qualification, Verification
from models.reasons import reviews
from models.states import IntegrationState, LaunchState, QualificationState
from models.webhooks import WebhookType


def every_feature_passed(context: Context[Launch]) -> bool:
    """Whether the game's integration of each feature it uses has passed."""
    game_id = context.document.game_id
    return all(
        (found := context.dossier.documents.get(f"integration/{game_id}/{feature}")) is not None
        and found.state == IntegrationState.PASSED
        for feature in context.document.features
    )


def qualification_approved(context: Context[Launch]) -> bool:
    """Whether the organization may publish games."""
    qualification = context.dossier.get("qualification", Qualification)
    return qualification is not None and qualification.state == QualificationState.APPROVED


def contracts_in_force(context: Context[Launch]) -> bool:
    """Whether a contract is in force for every feature that the game uses."""
    contracts = (context.dossier.get(f"contract/{f}", Contract) for f in context.document.features)
    return all(contract is not None and contract.state in IN_FORCE for contract in contracts)


def may_publish_there(context: Context[Launch]) -> bool:
    """Whether the regions are open to the organization: a Hong Kong entity may not publish in the US."""
    verification = context.dossier.get("verification", Verification)
    from_hong_kong = verification is not None and verification.country == "HK"
    return not (from_hong_kong and "US" in context.proposed.regions)


def approved_somewhere(context: Context[Launch]) -> bool:
    """Whether app review left a region to publish in."""
    launch = context.document
    return launch.us_eu_approval != "not_approved" or not set(launch.regions) <= {"US", "EU"}


QUALIFIED: Guard[Launch] = Guard(
    code="not_qualified",
    reason="Industry qualification must be approved first.",
    holds=qualification_approved,
    waits_for_step="qualification",
    moved_by=lambda document, dossier: ["qualification"],
)
INTEGRATED: Guard[Launch] = Guard(
    code="integration_not_passed",
    reason="The integration of each feature that the game uses must have passed its checks.",
    holds=every_feature_passed,
    waits_for_step="integration",
    moved_by=lambda document, dossier: [f"integration/{document.game_id}/{one}" for one in document.features],
)
CONTRACTED: Guard[Launch] = Guard(
    code="contract_not_in_force",
    reason="The contract of each feature that the game uses must be active.",
    holds=contracts_in_force,
    waits_for_step="contract",
    moved_by=lambda document, dossier: [f"contract/{one}" for one in document.features],
)
REGIONS_OPEN = Guard(
    code="region_not_allowed",
    reason="A Hong Kong entity may not publish in the US; submit the game again without the US.",
    holds=may_publish_there,
)
REGIONS_NAMED_OPEN = replace(REGIONS_OPEN, needs_facts=True)
APPROVED_SOMEWHERE = Guard(
    code="no_region_approved",
    reason="App review approved none of the regions named; submit the game again for others.",
    holds=approved_somewhere,
)
OWN_ID: Guard[Launch] = Guard(
    code="id_differs",
    reason="A game is registered under its own id.",
    holds=lambda c: c.command.document_id == f"launch/{c.proposed.game_id}",
    needs_facts=True,
)
SOME_REGION: Guard[Launch] = Guard(
    code="no_region",
    reason="Name at least one region.",
    holds=lambda c: bool(c.proposed.regions),
    needs_facts=True,
)
SOME_FEATURE: Guard[Launch] = Guard(
    code="no_feature",
    reason="Name at least one feature that the game uses.",
    holds=lambda c: bool(c.proposed.features),
    needs_facts=True,
)


def add_integrations(context: Context[Launch]) -> Iterable[Consequence]:
    """A game gets an integration for each feature it uses."""
    game_id = context.proposed.game_id
    for feature in dict.fromkeys(context.proposed.features):
        integration = f"integration/{game_id}/{feature}"
        if integration not in context.dossier.documents:
            yield Consequence(integration, "add", {"game_id": game_id, "feature": feature})


DESKS = (Desk.LAUNCHES,)
NOT_LAUNCHED = (LaunchState.NOT_SUBMITTED, LaunchState.NOT_APPROVED, LaunchState.WITHDRAWN)

LAUNCH = Machine(
    name="launch",
    title="Launch",
    document=Launch,
    moves_money=False,
    checklist=(
        "The game starts and can be played.",
        "Content and regions fit the programme’s rules.",
    ),
    states=(
        State(
            name=LaunchState.NOT_SUBMITTED,
            description="The game has not been submitted for its launch.",
            waits_for=Role.ADMIN,
            todo="Submit {game} for app review",
        ),
        under_review(
            LaunchState.IN_REVIEW,
            "The game is in app review.",
            desks=DESKS,
            days=lambda p: p.launch_review_days,
            todo="Try {game}, then approve or decline its launch",
        ),
        State(
            name=LaunchState.NOT_APPROVED,
            description="The game was not approved.",
            waits_for=Role.ADMIN,
            todo="Correct what app review named in {game} and submit it again",
            tone=Tone.BAD,
        ),
        State(
            name=LaunchState.APPROVED,
            description="The game is approved and can be launched.",
            waits_for=Role.ADMIN,
            todo="Launch {game}",
            tone=Tone.GOOD,
        ),
        State(
            name=LaunchState.LIVE,
            description="The game is live and earns.",
            effect=effects.PUBLISH_GAME,
            tone=Tone.GOOD,
        ),
        State(
            name=LaunchState.WITHDRAWN,
            description="The game is not live; it can be submitted again.",
            waits_for=Role.ADMIN,
            effect=effects.PUBLISH_GAME,
            todo="Submit {game} again if it is to earn",
        ),
    ),
    rules=(
        Rule(
            event="register",
            sources=(NEW,),
            target=LaunchState.NOT_SUBMITTED,
            roles=(Role.ADMIN,),
            guards=(OWN_ID, SOME_FEATURE),
            required_facts=("game_id", "features"),
            consequences=add_integrations,
        ),
        *(
            Rule(
                event="use_features",
                sources=(state,),
                target=state,
                roles=(Role.ADMIN,),
                guards=(SOME_FEATURE,),
                required_facts=("features",),
                consequences=add_integrations,
            )
            for state in NOT_LAUNCHED
        ),
        Rule(
            event="submit",
            sources=NOT_LAUNCHED,
            target=LaunchState.IN_REVIEW,
            roles=(Role.ADMIN,),
            guards=(VERIFIED, QUALIFIED, INTEGRATED, SOME_REGION, REGIONS_NAMED_OPEN),
            required_facts=("regions",),
            updates=lambda _: {"us_eu_approval": None},
        ),
        Rule(
            event="approve",
            sources=(LaunchState.IN_REVIEW,),
            target=LaunchState.APPROVED,
            roles=REVIEWERS,
            optional_facts=("us_eu_approval",),
            notification="App review approved your game; it can be launched.",
            webhook_type=WebhookType.LAUNCH_APPROVED,
        ),
        Rule(
            event="decline",
            sources=(LaunchState.IN_REVIEW,),
            target=LaunchState.NOT_APPROVED,
            roles=REVIEWERS,
            needs_reasons=True,
            usual_reasons=reviews.GAME,
            notification="App review did not approve your game; see why.",
            webhook_type=WebhookType.LAUNCH_DECLINED,
        ),
        Rule(
            event="publish",
            sources=(LaunchState.APPROVED,),
            target=LaunchState.LIVE,
            roles=(Role.ADMIN,),
            guards=(VERIFIED, INTEGRATED, CONTRACTED, REGIONS_OPEN, APPROVED_SOMEWHERE),
            updates=lambda c: {"launched_at": c.now},
            notification="Your game is live; it earns from now on.",
            webhook_type=WebhookType.LAUNCH_PUBLISHED,
        ),
        Rule(
            event="withdraw",
            sources=(LaunchState.APPROVED, LaunchState.LIVE),
            target=LaunchState.WITHDRAWN,
            roles=(Role.ADMIN, Role.OPERATOR, Role.PIPELINE),
            notification="The game was withdrawn and no longer earns.",
            webhook_type=WebhookType.LAUNCH_WITHDRAWN,
        ),
        *review_rules(DESKS, LaunchState.IN_REVIEW),
    ),
)
