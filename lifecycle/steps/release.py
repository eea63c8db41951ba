"""Launch (pay in): one game, from registration over app review to live."""

from collections.abc import Iterable
from dataclasses import replace

from lifecycle.deadlines import review_late, review_late_rule
from lifecycle.machine import NEW, Consequence, Context, Guard, Machine, Rule, State
from lifecycle.steps.contract import IN_FORCE
from lifecycle.steps.verification import REVIEWERS, VERIFIED
from models.commands import Role
from models.documents import Contract, Qualification, Release, Verification


def every_feature_passed(context: Context) -> bool:
    """Whether the game's integration of each feature it uses has passed."""
    game_id = context.document.game_id
    return all(
        (found := context.dossier.documents.get(f"integration/{game_id}/{feature}")) is not None
        and found.state == "passed"
        for feature in context.document.features
    )


def qualification_approved(context: Context) -> bool:
    """Whether the organization may publish games."""
    qualification = context.dossier.get("qualification", Qualification)
    return qualification is not None and qualification.state == "approved"


def contracts_in_force(context: Context) -> bool:
    """Whether a contract is in force for every feature that the game uses."""
    contracts = (context.dossier.get(f"contract/{f}", Contract) for f in context.document.features)
    return all(contract is not None and contract.state in IN_FORCE for contract in contracts)


def may_publish_there(context: Context) -> bool:
    """Whether the regions are open to the organization: a Hong Kong entity may not publish in the US."""
    verification = context.dossier.get("verification", Verification)
    from_hong_kong = verification is not None and verification.country == "HK"
    return not (from_hong_kong and "US" in context.proposed.regions)


def approved_somewhere(context: Context) -> bool:
    """Whether app review left a region to publish in."""
    release = context.document
    return release.us_eu_approval != "not_approved" or not set(release.regions) <= {"US", "EU"}


QUALIFIED = Guard("not_qualified", "Industry qualification must be approved first.", qualification_approved)
INTEGRATED = Guard(
    "integration_not_passed",
    "The integration of each feature that the game uses must have passed its checks.",
    every_feature_passed,
)
CONTRACTED = Guard(
    "contract_not_in_force",
    "The contract of each feature that the game uses must be active.",
    contracts_in_force,
)
REGIONS_OPEN = Guard(
    "region_not_allowed",
    "A Hong Kong entity may not publish in the US; submit the game again without the US.",
    may_publish_there,
)
REGIONS_NAMED_OPEN = replace(REGIONS_OPEN, needs_facts=True)
APPROVED_SOMEWHERE = Guard(
    "no_region_approved",
    "App review approved none of the regions named; submit the game again for others.",
    approved_somewhere,
)
OWN_ID = Guard(
    "id_differs",
    "A game is registered under its own id.",
    lambda c: c.command.document_id == f"release/{c.proposed.game_id}",
    needs_facts=True,
)
SOME_REGION = Guard(
    "no_region", "Name at least one region.", lambda c: bool(c.proposed.regions), needs_facts=True
)
SOME_FEATURE = Guard(
    "no_feature", "Name at least one feature that the game uses.", lambda c: bool(c.proposed.features), True
)


def add_integrations(context: Context) -> Iterable[Consequence]:
    """A game gets an integration for each feature it uses."""
    game_id = context.proposed.game_id
    for feature in dict.fromkeys(context.proposed.features):
        integration = f"integration/{game_id}/{feature}"
        if integration not in context.dossier.documents:
            yield Consequence(integration, "add", {"game_id": game_id, "feature": feature})


NOT_LAUNCHED = ("not_submitted", "not_approved", "withdrawn")

RELEASE = Machine(
    "release",
    "Launch",
    Release,
    states=(
        State(
            "not_submitted",
            "The game has not been submitted for its launch.",
            Role.ADMIN,
            todo="Submit the game for app review",
        ),
        State(
            "in_review",
            "The game is in app review.",
            Role.PROVIDER,
            (review_late(lambda p: p.release_review_days),),
            effect="request_review",
        ),
        State(
            "not_approved",
            "The game was not approved.",
            Role.ADMIN,
            todo="Mend what app review named and submit again",
        ),
        State(
            "ready_for_release",
            "The game is approved and can be released.",
            Role.ADMIN,
            todo="Release the game",
        ),
        State("released", "The game is live and earns.", effect="publish_game"),
        State(
            "withdrawn",
            "The game is not live; it can be submitted again.",
            Role.ADMIN,
            effect="publish_game",
            todo="Submit the game again if it is to earn",
        ),
    ),
    rules=(
        Rule(
            "register",
            (NEW,),
            "not_submitted",
            (Role.ADMIN,),
            (OWN_ID, SOME_FEATURE),
            takes=("game_id", "features"),
            consequences=add_integrations,
        ),
        *(
            Rule(
                "use_features",
                (state,),
                state,
                (Role.ADMIN,),
                (SOME_FEATURE,),
                takes=("features",),
                consequences=add_integrations,
            )
            for state in NOT_LAUNCHED
        ),
        Rule(
            "submit",
            NOT_LAUNCHED,
            "in_review",
            (Role.ADMIN,),
            (VERIFIED, QUALIFIED, INTEGRATED, SOME_REGION, REGIONS_NAMED_OPEN),
            takes=("regions",),
            sets=lambda _: {"us_eu_approval": None},
        ),
        Rule(
            "approve",
            ("in_review",),
            "ready_for_release",
            REVIEWERS,
            may_take=("us_eu_approval",),
            meaning="App review approved your game; it can be released.",
        ),
        Rule(
            "decline",
            ("in_review",),
            "not_approved",
            REVIEWERS,
            needs_reasons=True,
            meaning="App review did not approve your game; see why.",
        ),
        Rule(
            "release",
            ("ready_for_release",),
            "released",
            (Role.ADMIN,),
            (VERIFIED, INTEGRATED, CONTRACTED, REGIONS_OPEN, APPROVED_SOMEWHERE),
            sets=lambda c: {"released_at": c.now},
            meaning="Your game is live; it earns from now on.",
        ),
        Rule(
            "withdraw",
            ("ready_for_release", "released"),
            "withdrawn",
            (Role.ADMIN, Role.OPERATOR, Role.PIPELINE),
            meaning="The game was withdrawn and no longer earns.",
        ),
        *review_late_rule("in_review"),
    ),
)
