"""What Temporal says of a sender is a stranger's text: it is cleaned and bounded."""

import pytest

from models.wire.given_by_hand import claim


@pytest.mark.parametrize(
    ("identities", "says"),
    [
        (["123@host"], "123@host"),
        ([""], "nobody"),
        (["a\u202eb\n\x1b[31mc\0"], "a b [31mc"),
        (["b", "a", "b"], "a, b"),
        (["a", "b", "c", "d"], "a, b, c and others"),
        (["x" * 101], "x" * 100 + "…"),
        (["\ud800 lone"], "lone"),
    ],
)
def test_a_claim_is_one_short_line_that_can_be_stored(identities: list[str], says: str) -> None:
    assert claim(identities) == says
