"""The words of the steps up to a live game: verification, qualification, contract, integration, launch."""

from collections.abc import Mapping

from models.states import ContractState, IntegrationState, LaunchState, QualificationState, VerificationState
from words.table import Deed, Sheet, Standing

VERIFICATION = Sheet(
    title="Business verification",
    unnamed="Business verification",
    states={
        VerificationState.NOT_STARTED: Standing(label="Not started", opens="Verify your business"),
        VerificationState.IN_REVIEW: Standing(label="In review", opens="Review business"),
        VerificationState.INFORMATION_NEEDED: Standing(label="Information needed", opens="Send information"),
        VerificationState.COULD_NOT_VERIFY: Standing(label="Not verified", opens="Correct and resubmit"),
        VerificationState.REJECTED: Standing(label="Rejected", opens="Review rejection"),
        VerificationState.VERIFIED: Standing(label="Verified"),
        VerificationState.RENEWING: Standing(label="Verified, renewal in review", opens="Review renewal"),
        VerificationState.LAPSED: Standing(label="Lapsed", opens="Verify your business again"),
        VerificationState.EXPIRED: Standing(label="Expired", opens="Renew documents"),
        VerificationState.SUSPENDED: Standing(label="Suspended", opens="Review suspension"),
    },
    deeds={
        "submit": Deed(
            button="Submit business for verification", done="{who} submitted the business for verification"
        ),
        "verify": Deed(
            button="Verify business",
            done="The business was verified",
            into={VerificationState.EXPIRED: "The business was verified, but a document had expired by then"},
        ),
        "decline": Deed(
            button="Decline verification",
            done="The business could not be verified",
            into={
                VerificationState.VERIFIED: "The renewed documents were not accepted; those in force stay valid"
            },
        ),
        "request_information": Deed(
            button="Ask for information", done="More information about the business was asked for"
        ),
        "provide_information": Deed(
            button="Send information", done="{who} sent the information that was asked for"
        ),
        "lapse": Deed(done="The verification lapsed, because the information did not come in time"),
        "reject": Deed(button="Reject verification", done="The verification was rejected"),
        "reopen": Deed(button="Reopen verification", done="{who} reopened the verification"),
        "renew": Deed(button="Renew documents", done="{who} submitted renewed documents of the business"),
        "expire": Deed(
            done="A document of the verification expired",
            into={VerificationState.IN_REVIEW: "A document expired while renewed ones are in review"},
        ),
        "suspend": Deed(button="Suspend verification", done="{who} suspended the verification"),
        "reinstate": Deed(
            button="Reinstate verification",
            done="{who} reinstated the verification",
            into={
                VerificationState.EXPIRED: "{who} lifted the suspension, but a document had expired by then"
            },
        ),
        "remind": Deed(done="Reminder: the reviewer still needs information about the business"),
        "warn_expiry": Deed(done="Reminder: a document of the verification expires soon"),
        "review_late": Deed(done="The review of the business takes longer than promised"),
        "refer": Deed(done="The review of the business needs a closer look by the platform"),
    },
)

QUALIFICATION = Sheet(
    title="Industry qualification",
    unnamed="Industry qualification",
    states={
        QualificationState.NOT_STARTED: Standing(label="Not started", opens="Show a game"),
        QualificationState.IN_REVIEW: Standing(label="In review", opens="Review game"),
        QualificationState.COULD_NOT_VERIFY: Standing(label="Not verified", opens="Correct and resubmit"),
        QualificationState.REJECTED: Standing(label="Rejected", opens="Review rejection"),
        QualificationState.APPROVED: Standing(label="Approved"),
    },
    deeds={
        "submit": Deed(
            button="Submit for qualification", done="{who} submitted a game for the industry qualification"
        ),
        "approve": Deed(button="Approve qualification", done="The industry qualification was approved"),
        "decline": Deed(
            button="Decline qualification", done="The industry qualification could not be verified"
        ),
        "reject": Deed(button="Reject qualification", done="The industry qualification was rejected"),
        "reopen": Deed(button="Reopen qualification", done="{who} reopened the industry qualification"),
        "review_late": Deed(done="The review of the industry qualification takes longer than promised"),
        "refer": Deed(done="The industry qualification needs a closer look by the platform"),
    },
)

CONTRACT = Sheet(
    title="Contract for {feature}",
    unnamed="Contract",
    states={
        ContractState.NOT_SIGNED: Standing(label="Not signed", opens="Read and sign"),
        ContractState.IN_REVIEW: Standing(label="Being countersigned", opens="Review signature"),
        ContractState.DECLINED: Standing(label="Not countersigned", opens="Correct and sign again"),
        ContractState.ACTIVE: Standing(label="In force"),
        ContractState.UPDATE_OFFERED: Standing(label="In force, new version to sign", opens="Read and sign"),
        ContractState.UPDATE_IN_REVIEW: Standing(
            label="In force, new version being countersigned", opens="Review signature"
        ),
        ContractState.SUSPENDED: Standing(label="Suspended", opens="Review suspension"),
        ContractState.TERMINATED: Standing(label="Terminated"),
    },
    deeds={
        "sign": Deed(
            button="Sign contract",
            done="{who} signed the contract for {feature}",
            into={
                ContractState.UPDATE_IN_REVIEW: "{who} signed the new version of the contract for {feature}"
            },
        ),
        "activate": Deed(
            button="Countersign contract",
            done="The contract for {feature} was countersigned and is in force",
            into={
                ContractState.UPDATE_OFFERED: "The contract for {feature} was countersigned; "
                "a newer version is waiting to be signed"
            },
        ),
        "decline": Deed(
            button="Decline contract",
            done="The contract for {feature} was not countersigned",
            into={
                ContractState.UPDATE_OFFERED: "The new version of the contract for {feature} was not countersigned; "
                "the one in force stays"
            },
        ),
        "offer_version": Deed(
            button="Offer new version", done="{who} offered a new version of the contract for {feature}"
        ),
        "suspend": Deed(button="Suspend contract", done="{who} suspended the contract for {feature}"),
        "reinstate": Deed(button="Reinstate contract", done="{who} reinstated the contract for {feature}"),
        "terminate": Deed(button="Terminate contract", done="{who} terminated the contract for {feature}"),
        "review_late": Deed(done="Countersigning the contract for {feature} takes longer than promised"),
        "refer": Deed(done="The contract for {feature} needs a closer look by the platform"),
    },
)

INTEGRATION = Sheet(
    title="{game}: integration of {feature}",
    unnamed="Integration",
    states={
        IntegrationState.NOT_RUN: Standing(label="Not tested", opens="Run checks"),
        IntegrationState.RUNNING: Standing(label="Checks running", opens="Review integration"),
        IntegrationState.FAILED: Standing(label="Check failed", opens="View failed checks"),
        IntegrationState.PASSED: Standing(label="Passed"),
    },
    deeds={
        "add": Deed(done="{game} is to use {feature}"),
        "run": Deed(button="Run checks", done="{who} ran the checks of {feature} in {game}"),
        "pass": Deed(
            button="Pass integration", done="The integration of {feature} in {game} passed every check"
        ),
        "fail": Deed(button="Fail integration", done="A check of {feature} failed in {game}"),
        "time_out": Deed(done="The checks of {feature} in {game} gave no result in time"),
        "review_late": Deed(done="The checks of {feature} in {game} take longer than promised"),
        "refer": Deed(done="The integration of {feature} in {game} needs a closer look by the platform"),
    },
)

LAUNCH = Sheet(
    title="{game}: launch",
    unnamed="Launch",
    states={
        LaunchState.NOT_SUBMITTED: Standing(label="Not submitted", opens="Submit for app review"),
        LaunchState.IN_REVIEW: Standing(label="In app review", opens="Review game"),
        LaunchState.NOT_APPROVED: Standing(label="Not approved", opens="Correct and resubmit"),
        LaunchState.APPROVED: Standing(label="Approved", opens="Launch game"),
        LaunchState.LIVE: Standing(label="Live"),
        LaunchState.WITHDRAWN: Standing(label="Withdrawn", opens="Submit again"),
    },
    deeds={
        "register": Deed(button="Register game", done="{who} registered {game}"),
        "use_features": Deed(button="Change features", done="{who} changed what {game} earns with"),
        "submit": Deed(button="Submit for app review", done="{who} submitted {game} for app review"),
        "approve": Deed(button="Approve game", done="App review approved {game}"),
        "decline": Deed(button="Decline game", done="App review did not approve {game}"),
        "publish": Deed(button="Launch game", done="{who} launched {game}"),
        "withdraw": Deed(button="Withdraw game", done="{who} withdrew {game}"),
        "review_late": Deed(done="App review of {game} takes longer than promised"),
        "refer": Deed(done="{game} needs a closer look by the platform"),
    },
)

SHEETS: Mapping[str, Sheet] = {
    "verification": VERIFICATION,
    "qualification": QUALIFICATION,
    "contract": CONTRACT,
    "integration": INTEGRATION,
    "launch": LAUNCH,
}
"""The words of each kind of document here."""
