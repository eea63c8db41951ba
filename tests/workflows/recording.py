"""Recorded histories: of every kind of thing that workflows do, the fewest that show it, to be replayed by each release.

``make histories`` plays the tests of the workflows once more, keeps the history of everything that ran, and writes those
that are needed to ``histories/recorded.json.xz``; ``make histories ARGS=test_replay`` plays one file of tests only. They are
stored opened, so that they are small and can be read, and sealed again under the tests' key when they are read; all data
in them is invented.
"""

import json
import lzma
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory

from models.wire.origin import SEALED_FOR
from storage.encryption.keyring import Keyring
from storage.encryption.payload_codec import SealedPayloads
from tests.workflows.commands_in_code import WRITTEN, commands_in_code

FOLDER = Path(__file__).parent / "histories"
RECORDED = FOLDER / "recorded.json.xz"
KEYS = Keyring({"tests": b"t" * 32})
"""The tests' own keys, which keep nothing secret."""

INTO = "RECORD_HISTORIES"
"""The environment variable that names the folder into which the tests keep histories."""

PLAYED = (
    *("test_replay", "test_payouts", "test_deadlines", "test_reviews", "test_commands", "test_overpaying"),
    *("test_policy_renewal", "test_strangers", "test_continue_as_new"),
)
"""The tests that play what is recorded."""


async def keep_histories(client: Client) -> None:
    """Keep the history of everything that has run on a server, if that was asked for."""
    folder = os.environ.get(INTO)
    if not folder:
        return
    async for execution in client.list_workflows():
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        history = await opened(await handle.fetch_history())
        one = {
            "workflow_id": execution.id,
            "type": execution.workflow_type,
            "history": json.loads(history.to_json()),
        }
        (Path(folder) / f"{execution.run_id}.json").write_text(json.dumps(one))


async def opened(history: WorkflowHistory) -> WorkflowHistory:
    """The same with its payloads readable; each says for which place it was sealed."""
    codec = SealedPayloads(KEYS.derived("temporal"))
    for payload in payloads_in(history):
        (plain,) = await codec.decode([payload])
        payload.CopyFrom(plain)
    return history


async def sealed(history: WorkflowHistory) -> WorkflowHistory:
    """The same with its payloads sealed again as they were."""
    for payload in payloads_in(history):
        if SEALED_FOR in payload.metadata:
            place = payload.metadata[SEALED_FOR].decode()
            (closed,) = await SealedPayloads(KEYS.derived("temporal"), place).encode([payload])
            payload.CopyFrom(closed)
    return history


def payloads_in(history: WorkflowHistory) -> Iterator[Payload]:
    """Every payload in a history, to be changed in place."""
    todo: list[Message] = list(history.events)
    while todo:
        message = todo.pop()
        if isinstance(message, Payload):
            yield message
            continue
        for field, value in message.ListFields():
            if field.message_type is None:
                continue
            if field.message_type.GetOptions().map_entry:
                todo += [inner for inner in value.values() if isinstance(inner, Message)]
            elif field.is_repeated:
                todo += value
            else:
                todo.append(value)


@cache
def recorded() -> list[dict[str, Any]]:
    """What was recorded: workflow id, type and history of each."""
    found: list[dict[str, Any]] = json.loads(lzma.decompress(RECORDED.read_bytes()))
    return found


async def history_of(one: dict[str, Any]) -> WorkflowHistory:
    """A recorded history as a worker is given it."""
    return await sealed(WorkflowHistory.from_json(one["workflow_id"], one["history"]))


def steps_of(one: dict[str, Any]) -> set[str]:
    """What a history shows, in words that are the same for each organization: ``activity send_payment`` …"""
    history = WorkflowHistory.from_json(one["workflow_id"], one["history"])
    return {f"{one['type']}: {step}" for step in map(step_of, history.events) if step}


def step_of(event: HistoryEvent) -> str:
    """What one event shows; "" for what is no step of ours."""
    kind = event.WhichOneof("attributes") or ""
    said: Any = getattr(event, kind)
    summary = event.user_metadata.summary.data.decode().strip('"').split(" ")
    action = summary[0].rstrip(":") if summary[0].count(".") == 1 else ""
    match kind.removesuffix("_event_attributes"):
        case "marker_recorded" if "patch" in said.marker_name:
            patch = json.loads(said.details["patch-data"].payloads[0].data)["id"]
            return f"patch {patch.split('/')[0]}"
        case "marker_recorded":
            return f"local activity {action or summary[0]}"
        case "activity_task_scheduled":
            return f"activity {said.activity_type.name}"
        case "activity_task_failed" | "activity_task_timed_out" | "workflow_execution_cancel_requested":
            return kind
        case "timer_started":
            shown = summary[:2] if summary[0] == "clock:" else summary[:3]
            return f"timer {' '.join(word.rstrip(':') for word in shown if '/' not in word)}"
        case "workflow_execution_signaled":
            return f"signal {said.signal_name}"
        case "workflow_execution_update_accepted":
            return f"update {said.accepted_request.input.name}"
        case "upsert_workflow_search_attributes":
            stage = said.search_attributes.indexed_fields.get("MonetizationStage")
            return f"stage {json.loads(stage.data)}" if stage else ""
        case "start_child_workflow_execution_initiated":
            return f"child {said.workflow_type.name}"
        case "signal_external_workflow_execution_initiated":
            return f"tells {said.signal_name}"
        case (
            "workflow_execution_continued_as_new"
            | "workflow_execution_completed"
            | "workflow_execution_failed"
        ):
            return kind
    return ""


def fewest(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Histories that show together all that there is to see: again and again the one that shows most of the rest."""
    left = [(steps_of(one), one) for one in found]
    missing, chosen = set[str]().union(*(steps for steps, _ in left)), []
    while missing:
        steps, best = max(left, key=lambda pair: (len(pair[0] & missing), -len(json.dumps(pair[1]))))
        chosen.append(best)
        missing -= steps
    return sorted(chosen, key=lambda one: (one["type"], len(json.dumps(one))))


def record(only: list[str]) -> int:
    """Play the tests, and keep what is needed of what they did; returns an exit status.

    Args:
        only: modules that are played; what the others have shown is kept as it is. Empty for all.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [
            str(path) for name in only or PLAYED if (path := Path(__file__).parent / f"{name}.py").exists()
        ]
        # What does not replay any more would fail there, and is recorded anew.
        command = [sys.executable, "-m", "pytest", "-n", "0", "-q", *paths]
        ended = subprocess.run(command, env={**os.environ, INTO: folder}, check=False).returncode
        if ended:
            print("The tests must pass before anything is recorded.")
            return ended
        found = [json.loads(path.read_text()) for path in sorted(Path(folder).glob("*.json"))]
    found += recorded() if only else []
    chosen = fewest(found)
    WRITTEN.write_text(commands_in_code())
    RECORDED.write_bytes(lzma.compress(json.dumps(chosen).encode(), preset=9))
    print(f"{len(chosen)} of {len(found)} histories, {RECORDED.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(record(sys.argv[1:]))
