"""The search attributes by which operators find workflows; opaque and free of personal data."""

from temporalio.common import SearchAttributeKey

STAGE = SearchAttributeKey.for_keyword("MonetizationStage")
NEXT_ACTOR = SearchAttributeKey.for_keyword_list("NextActor")
NEXT_DEADLINE = SearchAttributeKey.for_datetime("NextDeadline")
OPEN_FAILURES = SearchAttributeKey.for_int("OpenFailures")
COUNTRY = SearchAttributeKey.for_keyword("Country")

ALL = (STAGE, NEXT_ACTOR, NEXT_DEADLINE, OPEN_FAILURES, COUNTRY)
