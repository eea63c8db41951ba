"""What can go wrong at a provider, in the five classes that say who must act."""

from models.reasons.failures import NOT_TAKEN, Failure, FailureClass


class ProviderFailure(Exception):
    """A call to a provider that did not get its answer.

    Args:
        failure_class: TRANSIENT is worth another try; UNKNOWN means that it may have been carried out.
        code: the reason, stable and free of personal data.
        retry_after_seconds: how long the provider asks us to wait, in real seconds.
    """

    def __init__(
        self, failure_class: FailureClass, code: str, retry_after_seconds: int | None = None
    ) -> None:
        super().__init__(failure_class, code, retry_after_seconds)
        self.failure = Failure(failure_class, code, retry_after_seconds, not_taken=code in NOT_TAKEN)
        self.failure_class, self.code, self.retry_after_seconds = failure_class, code, retry_after_seconds

    def __str__(self) -> str:
        wait = f", retry after {self.retry_after_seconds} s" if self.retry_after_seconds is not None else ""
        return f"{self.failure_class.value} failure: {self.code}{wait}"


class NotFound(Exception):
    """The provider (or the file store) has never heard of the reference."""


class SignatureError(Exception):
    """A webhook that nobody we know has signed; ``code`` says why, for the logs and the 401."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
