"""The refusal of one more of what there are enough of already."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.http.problems import Problem
from storage.organizations.ceilings import CeilingReached


@contextmanager
def ceiling_as_problem() -> Iterator[None]:
    """409 with the way out when a ceiling of the policy is reached."""
    try:
        yield
    except CeilingReached as call_temporal:
        raise Problem(409, "ceiling_reached", call_temporal.way_out) from None
