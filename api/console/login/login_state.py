"""Sign-ins that are under way: what is remembered of each, while somebody is at the issuer, is sealed in their browser.

Nothing is kept here, so nobody who has not signed in can fill the database. Each sign-in has a cookie of its own, named by
its state, so that those of several tabs leave one another alone.
"""

import base64
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag

from models.tables import real_now
from storage.encryption.keyring import Keyring

COOKIE = "__Host-sign-in-"
LASTS = timedelta(minutes=10)
ROOM = 6_000
"""How many characters all of them may take, since a browser sends them with each request; the oldest make way."""

STATE = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True)
class SignIn:
    """A sign-in that has begun, in real time.

    Attributes:
        state: comes back with the code, and says which sign-in it is.
        nonce: stands in the identity token.
        code_verifier: shows the issuer that the code comes back to whom it was asked for (PKCE).
        next_path: where to go then.
        again: the issuer was asked to have them prove anew who they are.
        begun_at: POSIX time.
    """

    state: str
    nonce: str
    code_verifier: str
    next_path: str
    again: bool
    begun_at: float

    @property
    def cookie(self) -> str:
        """Where the browser keeps it; only this very host gets it, and no script."""
        return COOKIE + self.state


def begin(next_path: str, again: bool) -> SignIn:
    """A new one."""
    return SignIn(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        code_verifier=secrets.token_urlsafe(48),
        next_path=next_path,
        again=again,
        begun_at=real_now().timestamp(),
    )


def seal(keyring: Keyring, sign_in: SignIn) -> str:
    """What the browser keeps of it; nobody can read, change or make one."""
    sealed = keyring.derived(sign_in.cookie).encrypt(asdict(sign_in), sign_in.cookie)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def recall(keyring: Keyring, cookies: Mapping[str, str], state: str) -> SignIn | None:
    """The one that a state names, if this browser began it and not too long ago."""
    name = COOKIE + state
    if not STATE.fullmatch(state) or name not in cookies:
        return None
    kept = cookies[name]
    try:
        sealed = base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4))
        found = SignIn(**keyring.derived(name).decrypt(sealed, name))
    except (ValueError, KeyError, TypeError, InvalidTag):
        return None
    begun = datetime.fromtimestamp(found.begun_at, real_now().tzinfo)
    return found if begun > real_now() - LASTS else None


def crowded_out(cookies: Mapping[str, str], new: int) -> Iterator[str]:
    """Which make way for a new one of some length: browsers send the oldest first."""
    taken = new
    for name, value in reversed([*cookies.items()]):
        if name.startswith(COOKIE):
            taken += len(name) + len(value)
            if taken > ROOM:
                yield name
