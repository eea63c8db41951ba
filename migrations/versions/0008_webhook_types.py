"""Transitions say under which public type organizations' own systems are told of them; endpoints choose such types.

What was recorded before has no type, for the audit record is never changed: it is not sent again.
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TYPES = {
    "verification.verify": ("verification.verified", "verification.expired"),
    "verification.decline": ("verification.declined", "verification.renewal_declined"),
    "verification.request_information": ("verification.information_requested",),
    "verification.lapse": ("verification.lapsed",),
    "verification.reject": ("verification.rejected",),
    "verification.reopen": ("verification.reopened",),
    "verification.expire": ("verification.expired",),
    "verification.suspend": ("verification.suspended",),
    "verification.reinstate": ("verification.verified", "verification.expired"),
    "qualification.approve": ("qualification.approved",),
    "qualification.decline": ("qualification.declined",),
    "qualification.reject": ("qualification.rejected",),
    "qualification.reopen": ("qualification.reopened",),
    "contract.sign": ("contract.signed",),
    "contract.activate": ("contract.activated",),
    "contract.refuse": ("contract.declined",),
    "contract.offer_version": ("contract.version_offered",),
    "contract.suspend": ("contract.suspended",),
    "contract.reinstate": ("contract.activated",),
    "contract.terminate": ("contract.terminated",),
    "integration.pass": ("integration.passed",),
    "integration.fail": ("integration.failed",),
    "integration.time_out": ("integration.failed",),
    "release.approve": ("launch.approved",),
    "release.decline": ("launch.declined",),
    "release.release": ("launch.published",),
    "release.withdraw": ("launch.withdrawn",),
    "payout_account.accept": ("payout_account.activated",),
    "payout_account.reject": ("payout_account.declined",),
    "payout_account.request_documents": ("payout_account.documents_requested",),
    "payout_account.refuse": ("payout_account.rejected",),
    "payout_account.reopen": ("payout_account.reopened",),
    "payout_account.break": ("payout_account.failed",),
    "payout_account.change": ("payout_account.change_requested",),
    "payout_account.approve_change": ("payout_account.change_approved",),
    "payout_account.decline_change": ("payout_account.change_declined",),
    "payout_account.withdraw_change": ("payout_account.change_withdrawn",),
    "payout_account.finish_change": ("payout_account.changed",),
    "statement.issue": ("statement.issued", "statement.carried_forward"),
    "statement.confirm": ("statement.confirmed",),
    "statement.auto_confirm": ("statement.confirmed",),
    "statement.appeal": ("statement.appealed",),
    "statement.reject_appeal": ("statement.appeal_rejected",),
    "statement.replace": ("statement.replaced",),
    "statement.invoice": ("statement.invoiced",),
    "statement.release": ("statement.detached",),
    "statement.pay": ("statement.paid",),
    "statement.return_payment": ("statement.payment_returned",),
    "statement.close": ("statement.closed",),
    "invoice.submit": ("invoice.submitted",),
    "invoice.approve": ("invoice.approved",),
    "invoice.reject": ("invoice.rejected",),
    "invoice.fail_payment": ("invoice.payment_failed",),
    "invoice.resume_payment": ("invoice.payment_resumed",),
    "invoice.pay": ("invoice.paid",),
    "invoice.return_payment": ("invoice.payment_returned",),
    "invoice.cancel": ("invoice.cancelled",),
    "invoice.close": ("invoice.closed",),
    "payout.schedule": ("payout.scheduled",),
    "payout.approve": ("payout.scheduled",),
    "payout.accept": ("payout.sent",),
    "payout.pay": ("payout.paid",),
    "payout.accept_late": ("payout.sent", "payout.overpaid"),
    "payout.pay_late": ("payout.paid", "payout.overpaid"),
    "payout.end_late": ("payout.recovered",),
    "payout.recover": ("payout.recovered",),
    "payout.return": ("payout.recovered", "payout.failed", "payout.returned"),
    "payout.return_late": ("payout.returned",),
    "payout.settle": ("payout.settled",),
    "payout.fail_account": ("payout.failed",),
    "payout.fail_payer": ("payout.failed",),
    "payout.fail_final": ("payout.failed",),
    "payout.resolve_paid": ("payout.paid",),
    "payout.close": ("payout.closed",),
    "payout.hold": ("payout.held",),
    "payout.release": ("payout.hold_released",),
    "payout.cancel": ("payout.cancelled",),
    "payout.void": ("payout.cancelled",),
    "payout.account_changed": ("payout.scheduled",),
}
"""The types that take the place of each action that could be chosen; an action without any is told no more."""


def upgrade() -> None:
    op.add_column("transitions", sa.Column("webhook_type", sa.String(), nullable=True))
    table = sa.table(
        "webhook_endpoints",
        sa.column("id", sa.String()),
        sa.column("events", sa.JSON()),
        sa.column("disabled_at", sa.DateTime(timezone=True)),
        sa.column("disabled_because", sa.String()),
    )
    connection = op.get_bind()
    for endpoint_id, chosen in connection.execute(sa.select(table.c.id, table.c.events)).all():
        types = list(dict.fromkeys(kind for action in chosen for kind in TYPES.get(action, ())))
        values: dict[str, object] = {"events": types}
        if chosen and not types:  # an empty choice would mean everything
            values = {"disabled_at": datetime.now(UTC), "disabled_because": "admin"}
        connection.execute(table.update().where(table.c.id == endpoint_id).values(values))


def downgrade() -> None:
    raise NotImplementedError("forward only: what endpoints have chosen would be lost")
