"""The activities by name, with what each is given and what it answers: workflows call them, activities carry them out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from models.dossier import Dossier
from models.wire.steps import (
    Collected,
    DuePeriods,
    LoadDossier,
    Period,
    RecordDecision,
    Recorded,
    RecordRefusal,
    RenewedPolicy,
    RenewPolicy,
    SettleBatch,
    SettledBatch,
    WhoGave,
)

Given = TypeVar("Given")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Activity(Generic[Given, Answer]):
    """What an activity is: neither its caller nor who carries it out passes mypy with another input or answer."""

    name: str
    given: type[Given]
    answer: type[Answer]


RECORD_DECISION = Activity("record_decision", RecordDecision, Recorded)
RECORD_REFUSAL = Activity("record_refusal", RecordRefusal, type(None))
RENEW_POLICY = Activity("renew_policy", RenewPolicy, RenewedPolicy)
LOAD_DOSSIER = Activity("load_dossier", LoadDossier, Dossier)
WHO_GAVE_BY_HAND = Activity("who_gave_by_hand", WhoGave, type(None))
COLLECT_EARNINGS = Activity("collect_earnings", datetime, Collected)
DUE_PERIODS = Activity("due_periods", DuePeriods, list[Period])
SETTLE_BATCH = Activity("settle_batch", SettleBatch, SettledBatch)
