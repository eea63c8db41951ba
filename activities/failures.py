"""How a provider's failure is put to Temporal: what kind it is, and when to try again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.reasons.failures import FailureClass
from providers.protocols import NotFound, ProviderFailure


@contextmanager
def retried_by_temporal() -> Iterator[None]:
    """Turn a provider's failure into a retryable error; the calls inside must be idempotent."""
    try:
        yield
    except ProviderFailure as error:
        failure = error.failure
        wait = failure.retry_after_seconds
        raise ApplicationError(
            f"{failure.failure_class}: {failure.code}",
            type=failure.failure_class,
            next_retry_delay=timedelta(seconds=wait) if wait else None,
            category=(
                ApplicationErrorCategory.BENIGN
                if failure.failure_class is FailureClass.TRANSIENT
                else ApplicationErrorCategory.UNSPECIFIED
            ),
        ) from None
    except NotFound:
        raise ApplicationError("the provider does not know the reference", type="not_found") from None
