"""The ids of commands: one for each person and key, so that nobody's request can pass for another's."""

from hypothesis import given
from hypothesis.strategies import from_regex, tuples

from api.http.idempotency import KEY
from api.security.tokens import SUBJECT
from api.services.commands import command_id
from models.commands import CLOCK, Command

ASKED = tuples(from_regex(SUBJECT, fullmatch=True), from_regex(KEY, fullmatch=True))
SLASHED = tuples(from_regex(r"[a1/]{1,6}", fullmatch=True), from_regex(r"[a1/]{1,6}", fullmatch=True))


@given(SLASHED | ASKED, SLASHED | ASKED)
def test_two_requests_have_two_ids(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (command_id(*one) == command_id(*other)) == (one == other)


def test_slashes_change_no_sides() -> None:
    assert command_id("a/b", "c") != command_id("a", "b/c")


def test_the_longest_is_an_id() -> None:
    longest = command_id("s" * 150, "k" * 140)
    assert Command(id=longest, action="statement.confirm", document_id="x", actor=CLOCK).id == longest
