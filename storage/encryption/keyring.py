"""Encryption of stored fields: AES-256-GCM under a ring of keys, the newest of which writes."""

import base64
import contextlib
import hmac
import json
import os
import secrets
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from config.settings import BadSetting

KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16


class Keyring:
    """Encrypts and decrypts fields; what is encrypted is bound to what it belongs to.

    Args:
        keys: secret keys of 32 bytes by id, the one that writes first.
    """

    def __init__(self, keys: dict[str, bytes]) -> None:
        for key_id, key in keys.items():
            if not key_id or ":" in key_id or len(key) != KEY_BYTES:
                raise BadSetting(f"key {key_id!r}: an id without colon and {KEY_BYTES} bytes are needed")
        self.keys = keys
        self.newest = next(iter(keys))

    def encrypt(self, fields: dict[str, Any], belongs_to: str) -> bytes:
        """The fields as bytes: key id, nonce, ciphertext. ``belongs_to`` must be given again to decrypt."""
        return self.seal(json.dumps(fields, separators=(",", ":"), sort_keys=True).encode(), belongs_to)

    def decrypt(self, sealed: bytes, belongs_to: str) -> dict[str, Any]:
        """The fields again; raises KeyError for an unknown key and InvalidTag for anything tampered with."""
        fields: dict[str, Any] = json.loads(self.unseal(sealed, belongs_to))
        return fields

    def seal(self, content: bytes, belongs_to: str) -> bytes:
        """Any bytes as ``encrypt`` keeps fields."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.newest]).encrypt(nonce, content, belongs_to.encode())
        return self.newest.encode() + b":" + nonce + sealed

    def unseal(self, sealed: bytes, belongs_to: str) -> bytes:
        """The bytes again; raises KeyError for an unknown key and InvalidTag for anything tampered with."""
        key_id, _, rest = sealed.partition(b":")
        key = AESGCM(self.keys[key_id.decode(errors="replace")])
        if len(rest) < NONCE_BYTES + TAG_BYTES:
            raise InvalidTag
        return key.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], belongs_to.encode())

    def fingerprints(self, text: str, purpose: str) -> list[bytes]:
        """What tells a text from others without saying what it is, under each key, the newest first; keyed SHA-256."""
        own = self.derived(purpose).keys.values()
        return [hmac.digest(key, text.encode(), "sha256") for key in own]

    def derived(self, purpose: str) -> "Keyring":
        """A ring of keys for one purpose, made from these.

        A key may seal some billions of times before two of its random nonces meet, so whatever anybody can have sealed as
        often as they like is sealed with keys of its own.
        """
        own = {
            key_id: HKDF(SHA256(), KEY_BYTES, None, purpose.encode()).derive(key)
            for key_id, key in self.keys.items()
        }
        return Keyring(own)


def decode_key(key_id: str, encoded: str) -> bytes:
    """A key from its base64; the error names the key and does not show it."""
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise BadSetting(f"key {key_id!r} is no base64") from None


def load_keyring(configured: str, state_dir: Path, *, make: bool = True) -> Keyring:
    """The ring that is configured (``id:base64,…``), or one made on first use for an embedded installation.

    Args:
        make: keep what is made; otherwise it is a passing one, for whoever only looks.
    """
    if configured:
        keys: dict[str, bytes] = {}
        for key_id, _, encoded in (item.strip().partition(":") for item in configured.split(",")):
            key = decode_key(key_id, encoded)
            if keys.setdefault(key_id, key) != key:
                raise BadSetting(f"key {key_id!r} stands there twice, with different bytes")
        return Keyring(keys)
    path = state_dir / "field.key"
    if not path.exists() and not make:
        return Keyring({"passing": secrets.token_bytes(32)})
    if not path.exists():
        state_dir.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_bytes(base64.b64encode(secrets.token_bytes(32)))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return Keyring({"local": base64.b64decode(path.read_bytes())})
