"""The refusal of one more of what there are enough of already."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.http.problems import Problem
from storage.organizations.ceilings import CeilingReached


@contextmanager
def ceiling_told() -> Iterator[None]:
    """409 with the way out when a ceiling of the policy is reached."""
    try:
        yield
    except CeilingReached as reached:
        raise Problem(409, "ceiling_reached", reached.way_out) from None
