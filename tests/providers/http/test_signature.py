"""The signature of webhooks, against garbage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.failures import SignatureError
from providers.http.signature import sign, verify

SECRETS = st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable())
NOW = 1_770_000_000


def code(secrets: list[str], header: str | None, body: bytes, now: int = NOW) -> str | None:
    """Why a webhook is refused; ``None`` if it is not."""
    try:
        verify(secrets, header, body, now)
    except SignatureError as error:
        return error.code
    return None


@given(SECRETS, st.binary(max_size=200), st.integers(-300, 300))
def test_what_was_signed_is_taken_for_five_minutes(secret: str, body: bytes, drift: int) -> None:
    header = sign(secret, body, NOW + drift)
    assert code([secret], header, body) is None
    assert code(["newer", secret], header, body) is None


@given(SECRETS, st.binary(max_size=200), st.integers(301, NOW))
def test_what_is_old_or_not_yet_is_refused(secret: str, body: bytes, drift: int) -> None:
    for at in (NOW - drift, NOW + drift):
        assert code([secret], sign(secret, body, at), body) == "signature_expired"


@given(st.binary(min_size=1, max_size=60), st.data())
def test_any_flipped_bit_is_noticed(body: bytes, data: st.DataObject) -> None:
    header = sign("secret", body, NOW)
    spoiled = bytearray(body)
    spoiled[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert code(["secret"], header, bytes(spoiled)) == "signature_mismatch"
    raw = bytearray(header.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert code(["secret"], raw.decode("latin-1"), body) is not None


@given(
    st.one_of(
        st.none(),
        st.text(max_size=120),
        st.binary(max_size=120).map(lambda raw: raw.decode("latin-1")),
        st.from_regex(r"t=[-+0-9٠-٩e. ]{0,30},s=[0-9a-fA-F]{0,70}\n?"),
    ),
    st.binary(max_size=50),
    st.lists(st.text(max_size=10), max_size=3),
)
def test_garbage_is_refused_and_nothing_else_is_raised(
    header: str | None, body: bytes, secrets: list[str]
) -> None:
    assert code(secrets, header, body) is not None


@pytest.mark.parametrize("secrets", [[], [""], ["", "other"]])
def test_an_empty_secret_opens_nothing(secrets: list[str]) -> None:
    assert code(secrets, sign("", b"{}", NOW), b"{}") == "signature_mismatch"


def test_the_codes() -> None:
    good = sign("secret", b"{}", NOW)
    assert code(["secret"], None, b"{}") == "signature_missing"
    assert code(["secret"], "", b"{}") == "signature_missing"
    for header in (good + "\n", good.upper(), good + ",s=" + "0" * 64, "t=,s=", good.replace("t=", "t=+")):
        assert code(["secret"], header, b"{}") == "signature_malformed"
    assert code(["other"], good, b"{}") == "signature_mismatch"
