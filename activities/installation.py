"""What the activities work with: this installation's database, keys, external systems and Temporal client."""

from dataclasses import dataclass

from temporalio.client import Client

from config.settings import Settings
from models.programme.policy import Policy
from providers.assembly import http_providers
from providers.protocols import Providers
from storage.database import Database
from storage.encryption.keyring import Keyring, load_keyring


@dataclass(frozen=True)
class Installation:
    """The parts that activities are given.

    Attributes:
        policy: the one by which the programme settles; all else is in the policy that an organization is recorded with.
    """

    database: Database
    keyring: Keyring
    providers: Providers
    client: Client
    policy: Policy


def assemble(settings: Settings, client: Client) -> Installation:
    """The installation that the settings describe."""
    keyring = load_keyring(settings.field_keys.get_secret_value(), settings.state_dir)
    return Installation(
        database=Database(settings.database()),
        keyring=keyring,
        providers=http_providers(settings, keyring),
        client=client,
        policy=settings.load_policy(),
    )
