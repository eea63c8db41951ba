"""Servers and workers for the tests of the workflows."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from models.programme.policy import Policy
from tests.sandbox.box import Box
from tests.workflows.programme import DEV_SERVER, NOBODY_IN_A_HURRY, SERVER, Programme, running, started
from tests.workflows.recording import keep_histories

pytestmark = pytest.mark.temporal


@pytest.fixture(scope="session")
def patient_box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A sandbox in real time: its reviews take days, so that tests speak for its reviewers."""
    box = Box(
        tmp_path_factory.mktemp("sandbox"),
        "http://127.0.0.1:9",
        seconds_per_day=86_400,
        anchor=datetime.now(UTC),
    ).start()
    yield box
    box.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def programme(patient_box: Box, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Programme]:
    """A programme under the default policy, in which time can be skipped."""
    environment = await started(
        lambda: WorkflowEnvironment.start_time_skipping_v2(
            ts_config=TimeSkippingConfig(enabled=False),
            dev_server_extra_args=[
                *DEV_SERVER,
                "--dynamic-config-value",
                "frontend.WorkflowTimeSkippingEnabled=true",
            ],
            **SERVER,
        )
    )
    async with (
        environment,
        running(environment, patient_box, tmp_path_factory.mktemp("db"), NOBODY_IN_A_HURRY) as programme,
    ):
        yield programme
        await keep_histories(programme.client)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def restless(patient_box: Box, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Programme]:
    """A programme on a server that asks for a new run after few events."""
    environment = await started(
        lambda: WorkflowEnvironment.start_local(
            dev_server_extra_args=[
                *DEV_SERVER,
                "--dynamic-config-value",
                "limit.historyCount.suggestContinueAsNew=60",
            ],
            **SERVER,
        )
    )
    async with (
        environment,
        running(environment, patient_box, tmp_path_factory.mktemp("db"), Policy()) as programme,
    ):
        yield programme
        await keep_histories(programme.client)
