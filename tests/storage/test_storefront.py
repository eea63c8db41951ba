"""The storefront is told what holds, however late its call comes: nothing that was decided since is undone."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from temporalio.exceptions import ApplicationError

from activities.installation import Installation
from activities.storefront import StorefrontSteps
from models.documents import FailureClass, Feature, Launch
from models.identity import new_id
from models.programme.policy import Policy
from models.states import LaunchState
from models.tables import MemberRow
from models.wire.steps import ExternalStep
from providers.protocols import ProviderFailure, Providers
from storage.database import Database
from storage.encryption.keyring import Keyring
from storage.organizations.decisions import create_organization
from tests.api.support.server import put
from tests.storage.programme import POLICY

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Storefront:
    """Where games are live; ``meanwhile`` is what happens in the world while a call is under way to it."""

    def __init__(self) -> None:
        self.calls: list[bool] = []
        self.meanwhile: list[Callable[[], object]] = []
        self.away = False

    def publish(
        self, game_id: str, organization_id: str, features: list[Feature], live: bool, regions: list[str]
    ) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        if self.away:
            raise ProviderFailure(FailureClass.TRANSIENT, "unreachable")
        self.calls.append(live)


class World:
    """An organization with one game."""

    def __init__(self, database: Database) -> None:
        self.database, self.storefront, self.id = database, Storefront(), new_id("org")
        nobody = cast(Any, None)
        providers = Providers(
            desks={},
            payments=nobody,
            earnings=nobody,
            notifications=nobody,
            storefront=self.storefront,
            documents=nobody,
        )
        installation = Installation(database, Keyring({"test": bytes(32)}), providers, nobody, POLICY)
        self.steps = StorefrontSteps(installation)
        founder = MemberRow(organization_id=self.id, subject="ada", role="admin", name="Ada")
        with database.transaction() as session:
            create_organization(session, self.id, "Example Games", founder, NOW, Policy())

    def stands(self, state: str, revision: int) -> Launch:
        launch = Launch(
            id="launch/g",
            state=LaunchState(state),
            since=NOW,
            revision=revision,
            game_id="g",
            features=[Feature.IAA],
        )
        with self.database.transaction() as session:
            put(session, self.id, launch)
        return launch

    def publish(self, launch: Launch) -> None:
        step = ExternalStep(organization_id=self.id, document=launch, reference="r", policy=POLICY, now=NOW)
        self.steps.publish_game(step)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


@pytest.mark.parametrize(("state", "live"), [("live", True), ("withdrawn", False)])
def test_a_game_is_published_or_withdrawn_once(world: World, state: str, live: bool) -> None:
    world.publish(world.stands(state, 5))
    assert world.storefront.calls == [live]


@pytest.mark.parametrize("later", ["withdrawn", "in_review"])
def test_a_call_that_waited_while_its_game_was_withdrawn_brings_nothing_live(
    world: World, later: str
) -> None:
    released = world.stands("live", 5)
    world.storefront.away = True
    with pytest.raises(ApplicationError):
        world.publish(released)
    world.stands(later, 6)
    world.storefront.away = False
    world.publish(released)
    assert world.storefront.calls == [False]


@pytest.mark.parametrize(("first", "then"), [("live", "withdrawn"), ("withdrawn", "live")])
def test_what_was_frozen_inside_its_call_is_put_right_when_it_wakes(
    world: World, first: str, then: str
) -> None:
    begun = world.stands(first, 5)
    world.storefront.meanwhile.append(lambda: world.stands(then, 6))
    world.publish(begun)
    assert world.storefront.calls == [first == "live", then == "live"]


def test_a_game_of_which_the_database_knows_nothing_any_more_is_left_as_it_is(world: World) -> None:
    world.publish(
        Launch(id="launch/g", state=LaunchState.LIVE, since=NOW, game_id="g", features=[Feature.IAA])
    )
    assert world.storefront.calls == []
