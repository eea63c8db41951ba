"""No edit of workflow code gets by unseen that would stop running organizations.

Temporal calls workflow code once more from the beginning of its history, and it must ask for the same things again. Two nets
are under that: recorded histories of everything that workflows do, which this code must replay; and the list of all calls
by which workflow code asks Temporal for something, which also covers what no history shows.
"""

import pytest
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from lifecycle.views.pending import Stage
from tests.workflows.commands_in_code import WRITTEN, commands_in_code, lines_of
from tests.workflows.programme import CONVERTER
from tests.workflows.recording import RECORDED, history_of, recorded, steps_of
from worker import WORKFLOWS

WHAT_TO_DO = """

Running workflows of the release before would stop, or may. What to do:
  - Where that release runs anywhere: keep what it did behind `workflow.patched("…")` (see FETCHED_BACK in
    workflows/loop/decisions.py) until this test passes again; a new branch behind it harms nothing.
  - Where it does not (nothing was released since the histories were recorded), or where the change is behind a patch
    and this test passes again: record anew by `make histories`, and commit what that writes.
"""

pytestmark = pytest.mark.replay


@pytest.mark.parametrize("number", range(len(recorded())))
async def test_a_recorded_history_replays(number: int) -> None:
    one = recorded()[number]
    # In its namespace: in another its payloads would not be sealed for the place where they are.
    replayer = Replayer(
        workflows=WORKFLOWS,
        namespace="default",
        data_converter=CONVERTER,
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    done = await replayer.replay_workflow(await history_of(one), raise_on_replay_failure=False)
    why = done.replay_failure
    assert why is None, f"{one['type']} does the same no more: {why}{WHAT_TO_DO}"


def test_the_histories_show_every_stage_and_are_small() -> None:
    steps = set[str]().union(*map(steps_of, recorded()))
    stages = {f"OrganizationWorkflow: stage {stage}" for stage in Stage}
    # Nobody there earns before the payout account is set up.
    assert stages - steps <= {f"OrganizationWorkflow: stage {Stage.PAYOUT_ACCOUNT}"}
    assert {step.partition(":")[0] for step in steps} == {kind.__name__ for kind in WORKFLOWS}
    assert RECORDED.stat().st_size < 1_000_000


def test_nothing_is_asked_of_temporal_otherwise_than_when_the_histories_were_recorded() -> None:
    now, then = commands_in_code(), WRITTEN.read_text()
    gone = [line for line in lines_of(then) if line not in lines_of(now)]
    new = [line for line in lines_of(now) if line not in lines_of(then)]
    differs = "".join(f"\n  - {line}" for line in gone) + "".join(f"\n  + {line}" for line in new)
    assert now == then, f"Workflow code asks Temporal for other things than before:{differs}{WHAT_TO_DO}"
