"""The tables: what the database remembers. Only ``storage`` reads and writes them.

Times are UTC; ``at`` is programme time, ``recorded_at`` real time. Amounts are minor units of the currency
beside them, ``…_micros`` are millionths of the major unit.
"""

from models.tables.columns import UtcDateTime, real_now
from models.tables.documents import (
    ClaimRow,
    ContractTextRow,
    DocumentRow,
    FileRow,
    GameRow,
    HandRow,
    RefusalRow,
    SubmissionRow,
    TransitionRow,
)
from models.tables.earnings import (
    AdDayRow,
    AdSettlementRow,
    EarningConflictRow,
    EarningTermRow,
    FeedCursorRow,
    OrderEventRow,
    ReplacedSourceRow,
)
from models.tables.messages import (
    NotificationReadRow,
    NotificationRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
)
from models.tables.money import (
    ComparisonRow,
    DifferenceRow,
    InvoiceRow,
    InvoiceStatementRow,
    JournalEntryRow,
    JournalPostingRow,
    PayoutAttemptRow,
    StatementLineRow,
    StatementRow,
)
from models.tables.people import (
    ApiKeyRow,
    DraftRow,
    IdempotencyRow,
    InvitationRow,
    MemberEventRow,
    MemberRow,
    OrganizationRow,
    ParkedFormRow,
    SessionRow,
    StaffRow,
)
from models.tables.policies import OrganizationPolicyRow, PolicyRow

__all__ = [
    "AdDayRow",
    "AdSettlementRow",
    "ApiKeyRow",
    "ClaimRow",
    "ComparisonRow",
    "ContractTextRow",
    "DifferenceRow",
    "DocumentRow",
    "DraftRow",
    "EarningConflictRow",
    "EarningTermRow",
    "FeedCursorRow",
    "FileRow",
    "GameRow",
    "HandRow",
    "IdempotencyRow",
    "InvitationRow",
    "InvoiceRow",
    "InvoiceStatementRow",
    "JournalEntryRow",
    "JournalPostingRow",
    "MemberEventRow",
    "MemberRow",
    "NotificationReadRow",
    "NotificationRow",
    "OrderEventRow",
    "OrganizationPolicyRow",
    "OrganizationRow",
    "ParkedFormRow",
    "PayoutAttemptRow",
    "PolicyRow",
    "RefusalRow",
    "ReplacedSourceRow",
    "SessionRow",
    "StaffRow",
    "StatementLineRow",
    "StatementRow",
    "SubmissionRow",
    "TransitionRow",
    "UtcDateTime",
    "WebhookDeliveryRow",
    "WebhookEndpointRow",
    "real_now",
]
