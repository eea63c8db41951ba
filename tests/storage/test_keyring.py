"""Fields at rest: unreadable without the key, useless elsewhere, and still readable after a rotation."""

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from storage.encryption.keyring import Keyring, load_keyring

FIELDS = {"iban": "GB33BUKB20201555555555", "name": "Tiny Games"}
OLD, NEW = os.urandom(32), os.urandom(32)


def test_what_is_sealed_is_opened_again() -> None:
    ring = Keyring({"k1": OLD})
    sealed = ring.encrypt(FIELDS, "sub_1")
    assert ring.decrypt(sealed, "sub_1") == FIELDS
    assert b"GB33" not in sealed
    assert ring.encrypt(FIELDS, "sub_1") != sealed, "a nonce is used once"


@given(st.data())
def test_any_tampering_is_found(data: st.DataObject) -> None:
    ring = Keyring({"k1": OLD})
    sealed = bytearray(ring.encrypt(FIELDS, "sub_1"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises((InvalidTag, KeyError)):
        ring.decrypt(bytes(sealed), "sub_1")


@given(st.integers(0, 100))
def test_a_cut_is_found(length: int) -> None:
    ring = Keyring({"k1": OLD})
    with pytest.raises((InvalidTag, KeyError)):
        ring.decrypt(ring.encrypt({}, "sub_1")[:-1][:length], "sub_1")


def test_it_is_bound_to_what_it_belongs_to() -> None:
    ring = Keyring({"k1": OLD})
    with pytest.raises(InvalidTag):
        ring.decrypt(ring.encrypt(FIELDS, "sub_1"), "sub_2")


def test_keys_are_rotated() -> None:
    before, during, after = Keyring({"k1": OLD}), Keyring({"k2": NEW, "k1": OLD}), Keyring({"k2": NEW})
    old = before.encrypt(FIELDS, "sub_1")
    assert during.decrypt(old, "sub_1") == FIELDS
    new = during.encrypt(FIELDS, "sub_1")
    assert after.decrypt(new, "sub_1") == FIELDS
    with pytest.raises(KeyError):
        after.decrypt(old, "sub_1")
    with pytest.raises(InvalidTag):
        Keyring({"k1": NEW}).decrypt(old, "sub_1")


def test_a_configured_ring_is_used(tmp_path: Path) -> None:
    pairs = (("k2", NEW), ("k1", OLD))
    ring = load_keyring(
        ",".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in pairs), tmp_path
    )
    assert ring.newest == "k2"
    assert ring.decrypt(Keyring({"k1": OLD}).encrypt(FIELDS, "x"), "x") == FIELDS
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "configured",
    [
        f"k1:{base64.b64encode(OLD).decode()},k1:{base64.b64encode(NEW).decode()}",
        "k1",
        "k1:",
        "k1:AAAA",
        f"k1:{base64.b64encode(OLD).decode()},k1:AAAA",
        "k1:not base64!",
    ],
    ids=["one id twice", "no key", "empty", "short", "the second short", "not base64"],
)
def test_a_ring_that_cannot_work_is_refused_at_the_start(configured: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key"):
        load_keyring(configured, tmp_path)


def test_an_embedded_installation_makes_its_key_once(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with ThreadPoolExecutor(16) as pool:
        rings = list(pool.map(lambda _: load_keyring("", folder), range(16)))
    sealed = rings[0].encrypt(FIELDS, "sub_1")
    assert [ring.decrypt(sealed, "sub_1") for ring in rings] == [FIELDS] * 16
    [key] = folder.iterdir()
    assert key.stat().st_mode & 0o777 == 0o600
