"""The words of the steps of paying out that people take: payout account, statement, invoice."""

from collections.abc import Mapping

from models.states import InvoiceState, PayoutAccountState, StatementState
from words.table import Deed, Sheet, Standing

CHANGE_DECLINED = "{who} declined the change of the payout account"
CHANGE_WITHDRAWN = "{who} withdrew the change of the payout account"

PAYOUT_ACCOUNT = Sheet(
    title="Payout account",
    unnamed="Payout account",
    states={
        PayoutAccountState.NOT_SET_UP: Standing(label="Not set up", opens="Set up payout account"),
        PayoutAccountState.CHECKING: Standing(label="Being checked", opens="Check account"),
        PayoutAccountState.DOCUMENTS_NEEDED: Standing(label="Documents needed", opens="Upload documents"),
        PayoutAccountState.IN_REVIEW: Standing(label="In review", opens="Review documents"),
        PayoutAccountState.DECLINED: Standing(label="Not accepted", opens="Correct and resubmit"),
        PayoutAccountState.REJECTED: Standing(label="Rejected", opens="Review rejection"),
        PayoutAccountState.ACTIVE: Standing(label="Active"),
        PayoutAccountState.NEEDS_FIX: Standing(
            label="Refused by the bank", opens="Enter another bank account"
        ),
        PayoutAccountState.CHANGE_IN_REVIEW: Standing(label="Change in review", opens="Review change"),
        PayoutAccountState.CHANGE_AWAITING_APPROVAL: Standing(
            label="Change needs a second approval", opens="Review change"
        ),
        PayoutAccountState.COOLING_OFF: Standing(label="Change approved, waiting period"),
    },
    deeds={
        "submit": Deed(button="Submit payout account", done="{who} submitted the payout account"),
        "accept": Deed(
            button="Accept payout account",
            done="The payout account was accepted and can receive payments",
            into={
                PayoutAccountState.IN_REVIEW: "Tax form and bank account are right; "
                "the names are compared with the documents next"
            },
        ),
        "decline": Deed(button="Decline payout account", done="The payout account was not accepted"),
        "request_documents": Deed(
            button="Ask for documents", done="Documents were asked for that prove whose account it is"
        ),
        "provide_documents": Deed(
            button="Upload documents", done="{who} uploaded documents for the payout account"
        ),
        "reject": Deed(button="Reject payout account", done="The payout account was rejected"),
        "reopen": Deed(button="Reopen payout account", done="{who} reopened the payout account"),
        "fail": Deed(
            done="{organization}’s bank refused the payout account",
            because={
                "account_closed": "{organization}’s bank closed the account",
                "account_frozen": "{organization}’s bank froze the account",
            },
        ),
        "change": Deed(button="Change payout account", done="{who} asked to change the payout account"),
        "approve_change": Deed(
            button="Approve change",
            done="{who} approved the change of the payout account; a second person looks at it next",
            into={
                PayoutAccountState.COOLING_OFF: "{who} approved the change of the payout account as the second person"
            },
        ),
        "decline_change": Deed(
            button="Decline change",
            done=f"{CHANGE_DECLINED}; the one in use stays",
            into={PayoutAccountState.NEEDS_FIX: f"{CHANGE_DECLINED}; another account is needed"},
        ),
        "withdraw_change": Deed(
            button="Withdraw change",
            done=f"{CHANGE_WITHDRAWN}; the one in use stays",
            into={PayoutAccountState.NEEDS_FIX: f"{CHANGE_WITHDRAWN}; another account is needed"},
        ),
        "finish_change": Deed(done="The new payout account is in use"),
        "review_late": Deed(done="The check of the payout account takes longer than promised"),
        "refer": Deed(done="The payout account needs a closer look by the platform"),
    },
)

STATEMENT = Sheet(
    title="Statement for {stream}, {period}",
    unnamed="Statement",
    states={
        StatementState.PENDING_CONFIRMATION: Standing(label="To be confirmed", opens="Review statement"),
        StatementState.APPEAL_REVIEW: Standing(label="Appeal in review", opens="Review appeal"),
        StatementState.CONFIRMED: Standing(label="Confirmed, to be invoiced", opens="Create invoice"),
        StatementState.INVOICED: Standing(label="Invoiced"),
        StatementState.PAID: Standing(label="Paid"),
        StatementState.CLOSED: Standing(label="Paid and closed"),
        StatementState.REPLACED: Standing(label="Replaced"),
        StatementState.CARRIED_FORWARD: Standing(label="Carried forward"),
    },
    deeds={
        "issue": Deed(
            done="The statement for {stream}, {period} is ready: {amount}",
            into={
                StatementState.CARRIED_FORWARD: "The statement for {stream}, {period} comes to {amount}, "
                "which is carried forward to the next one"
            },
        ),
        "remind": Deed(done="Reminder: the statement for {stream}, {period} waits to be confirmed"),
        "confirm": Deed(
            button="Confirm statement",
            done="{who} confirmed the statement for {stream}, {period}: {amount}",
        ),
        "auto_confirm": Deed(
            done="The statement for {stream}, {period} was confirmed automatically: {amount}"
        ),
        "appeal": Deed(
            button="Appeal statement", done="{who} appealed the statement for {stream}, {period}: {amount}"
        ),
        "reject_appeal": Deed(
            button="Reject appeal", done="{who} rejected the appeal of the statement for {stream}, {period}"
        ),
        "replace": Deed(
            button="Replace statement",
            done="{who} granted the appeal: a new statement for {stream}, {period} takes the place of this one",
        ),
        "invoice": Deed(done="The statement for {stream}, {period} was invoiced: {amount}"),
        "detach": Deed(done="The statement for {stream}, {period} can be invoiced again: {amount}"),
        "pay": Deed(done="The statement for {stream}, {period} was paid: {amount}"),
        "return_payment": Deed(
            done="The payment of the statement for {stream}, {period} came back: {amount} is owed again"
        ),
        "close": Deed(
            done="The statement for {stream}, {period} is closed: its payment can no longer come back"
        ),
        "review_late": Deed(
            done="The review of the appeal of the statement for {stream}, {period} takes longer than promised"
        ),
    },
)

INVOICE = Sheet(
    title="Invoice {number}",
    unnamed="Invoice",
    states={
        InvoiceState.UNDER_REVIEW: Standing(label="In review", opens="Review invoice"),
        InvoiceState.PROCESSING_PAYMENT: Standing(label="Payment under way"),
        InvoiceState.PAYMENT_FAILED: Standing(label="Payment failed"),
        InvoiceState.PAID: Standing(label="Paid"),
        InvoiceState.REJECTED: Standing(label="Rejected"),
        InvoiceState.CANCELLED: Standing(label="Cancelled"),
        InvoiceState.CLOSED: Standing(label="Paid and closed"),
    },
    deeds={
        "submit": Deed(button="Submit invoice", done="{who} submitted invoice {number}: {amount}"),
        "approve": Deed(button="Approve invoice", done="Invoice {number} was approved: {amount}"),
        "reject": Deed(button="Reject invoice", done="Invoice {number} was rejected"),
        "fail_payment": Deed(done="The payment of invoice {number} failed: {amount}"),
        "resume_payment": Deed(done="The payment of invoice {number} goes on: {amount}"),
        "pay": Deed(done="Invoice {number} was paid: {amount}"),
        "return_payment": Deed(done="The payment of invoice {number} came back: {amount} is owed again"),
        "cancel": Deed(
            done="The payout of invoice {number} was cancelled; its statements can be invoiced again"
        ),
        "close": Deed(done="Invoice {number} is closed: its payment can no longer come back"),
        "payment_late": Deed(done="The payment of invoice {number} takes longer than promised"),
        "review_late": Deed(done="The review of invoice {number} takes longer than promised"),
        "refer": Deed(done="Invoice {number} needs a closer look by the platform"),
    },
)

SHEETS: Mapping[str, Sheet] = {
    "payout_account": PAYOUT_ACCOUNT,
    "statement": STATEMENT,
    "invoice": INVOICE,
}
"""The words of each kind of document here."""
