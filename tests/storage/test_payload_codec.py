"""Payloads are sealed, bound to their workflow, and known to be ours or not."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.converter import ActivitySerializationContext, DataConverter, WorkflowSerializationContext
from temporalio.exceptions import ApplicationError

from config.settings import Settings
from config.temporal import connect_config
from models.commands import Actor, Command, Role
from models.programme.policy import Policy
from models.wire.origin import SEALED_FOR, sealed_for
from models.wire.steps import News
from storage.encryption.keyring import Keyring
from storage.encryption.payload_codec import sealing_converter
from workflows.inputs import SettlementInput, WorkflowInput

OLD, NEW = Keyring({"k1": b"1" * 32}), Keyring({"k2": b"2" * 32, "k1": b"1" * 32})
OURS = sealing_converter(OLD)
CANARY = "DE89370400440532013000"
COMMAND = Command(
    id="c1", action="verification.submit", document_id="verification", actor=Actor(role=Role.ADMIN, id=CANARY)
)


def of(workflow_id: str, converter: DataConverter = OURS) -> DataConverter:
    return converter.with_context(WorkflowSerializationContext(namespace="default", workflow_id=workflow_id))


def of_activity(workflow_id: str) -> DataConverter:
    context = ActivitySerializationContext(
        namespace="default",
        workflow_id=workflow_id,
        workflow_type="OrganizationWorkflow",
        activity_id="1",
        activity_type="ask",
        activity_task_queue="q",
        is_local=False,
    )
    return OURS.with_context(context)


async def opened(payload: Payload, converter: DataConverter = OURS) -> Payload:
    assert converter.payload_codec is not None
    (found,) = await converter.payload_codec.decode([payload])
    return found


async def test_nothing_of_a_payload_is_readable_and_it_comes_back_whole() -> None:
    (payload,) = await of("organization/a").encode([COMMAND])
    raw = payload.SerializeToString()
    assert CANARY.encode() not in raw and b"verification" not in raw and b"k1" in raw
    assert await of("organization/a").decode([payload], [Command]) == [COMMAND]
    assert sealed_for(await opened(payload)) == "default/organization/a"


async def test_older_keys_still_open_and_the_newest_seals() -> None:
    (payload,) = await of("organization/a").encode([COMMAND])
    newer = sealing_converter(NEW)
    assert sealed_for(await opened(payload, newer)) == "default/organization/a"
    (fresh,) = await of("organization/a", newer).encode([COMMAND])
    assert fresh.metadata["monetization-key-id"] == b"k2"
    assert sealed_for(await opened(fresh)) == "", "k1 alone cannot open it"


async def test_what_is_not_sealed_by_us_is_read_as_unsealed_whatever_it_claims() -> None:
    plain = OURS.payload_converter.to_payloads([COMMAND])[0]
    plain.metadata[SEALED_FOR] = b"default/organization/a"
    found = await opened(plain)
    assert sealed_for(found) == "" and OURS.payload_converter.from_payload(found, Command) == COMMAND


@pytest.mark.parametrize("what", ["data", "bound", "key", "nothing"])
async def test_a_payload_that_was_changed_is_never_taken_for_ours(what: str) -> None:
    (payload,) = await of("organization/a").encode([COMMAND])
    if what == "data":
        payload.data = payload.data[:-1] + bytes([payload.data[-1] ^ 1])
    elif what == "bound":
        payload.metadata["monetization-bound-to"] = b"default/organization/b"
    elif what == "key":
        payload.data = b"k9" + payload.data[2:]
    else:
        payload.data = b""
    found = await opened(payload)
    assert sealed_for(found) == "" and found.metadata["encoding"] != b"json/plain"


async def test_what_an_activity_answers_is_no_command_and_a_command_no_answer() -> None:
    (answer,) = await of_activity("organization/a").encode([News(command=COMMAND)])
    assert sealed_for(await opened(answer)) == "activity:default/organization/a"
    (news,) = await of_activity("organization/a").decode([answer], [News])
    assert news.is_from("default", "organization/a") and not news.is_from("default", "organization/b")
    forged = OURS.payload_converter.to_payloads([News(command=COMMAND)])
    (news,) = await of_activity("organization/a").decode(list(forged), [News])
    assert not news.is_from("default", "organization/a")
    (given,) = await of("organization/a").encode([News(command=COMMAND)])
    (news,) = await of_activity("organization/a").decode([given], [News])
    assert not news.is_from("default", "organization/a")


async def test_the_input_of_a_run_knows_who_made_it() -> None:
    start = WorkflowInput(organization_id="a", policy=Policy())
    (sealed,) = await of("organization/a").encode([start])
    (read,) = await of("organization/a").decode([sealed], [WorkflowInput])
    assert read.is_from("default", "organization/a")
    assert not read.is_from("default", "organization/b") and not read.is_from("other", "organization/a")
    (read,) = await of("organization/a").decode(OURS.payload_converter.to_payloads([start]), [WorkflowInput])
    assert not read.is_from("default", "organization/a")
    (sealed,) = await of("settlement").encode([SettlementInput(policy=Policy())])
    (run,) = await of("settlement-2026-01-01T00:00:00Z").decode([sealed], [SettlementInput])
    assert run.is_from("default", "settlement-2026-01-01T00:00:00Z") and not run.is_from("default", "settle")


@pytest.mark.parametrize("text", ["Life of org_1", WorkflowMetadata(current_details="**Stage: paid**"), None])
async def test_what_the_temporal_ui_shows_stays_readable(text: Any) -> None:
    (payload,) = await of("organization/a").encode([text])
    assert payload.metadata["encoding"] in (b"json/plain", b"json/protobuf", b"binary/null")


@pytest.mark.parametrize("value", [{"a": CANARY}, [CANARY], 1204, b"bytes", datetime(2026, 1, 1, tzinfo=UTC)])
async def test_everything_that_is_no_text_for_people_is_sealed(value: Any) -> None:
    (payload,) = await of("organization/a").encode([value])
    readable = isinstance(value, datetime)  # a bare text in JSON
    assert (payload.metadata["encoding"] == b"json/plain") is readable


async def test_failures_are_sealed_with_their_messages_and_details() -> None:
    failure = Failure()
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as cause:
            raise ApplicationError(f"refused {CANARY}", {"iban": CANARY}, type="Refused") from cause
    except ApplicationError as error:
        await of("organization/a").encode_failure(error, failure)
    assert CANARY.encode() not in failure.SerializeToString()
    told = await of("organization/a").decode_failure(failure)
    assert isinstance(told, ApplicationError) and CANARY in str(told) and told.details[0] == {"iban": CANARY}


def test_a_profile_says_how_temporal_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MONETIZATION_TEMPORAL_ADDRESS", raising=False)
    monkeypatch.delenv("MONETIZATION_TEMPORAL_NAMESPACE", raising=False)
    for name, content in (("ca", "CA"), ("cert", "CERT"), ("key", "KEY")):
        (tmp_path / name).write_text(content)
    file = tmp_path / "temporal.toml"
    file.write_text(
        f"""
        [profile.money]
        address = "money.tmprl.cloud:7233"
        namespace = "money"
        [profile.money.tls]
        server_name = "money"
        server_ca_cert_path = "{tmp_path / "ca"}"
        client_cert_path = "{tmp_path / "cert"}"
        client_key_path = "{tmp_path / "key"}"
        """
    )
    assert connect_config(Settings())["target_host"] == "127.0.0.1:7233"
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    monkeypatch.setenv("TEMPORAL_PROFILE", "money")
    config = connect_config(Settings())
    assert (config["target_host"], config["namespace"]) == ("money.tmprl.cloud:7233", "money")
    tls = config["tls"]
    assert not isinstance(tls, bool) and (tls.client_cert, tls.client_private_key) == (b"CERT", b"KEY")
    assert tls.server_root_ca_cert == b"CA" and tls.domain == "money"
    own = connect_config(Settings(temporal_address="proxy:7233", temporal_namespace="mine"))
    assert (own["target_host"], own["namespace"], own["tls"]) == ("proxy:7233", "mine", tls)
    assert connect_config(Settings(temporal_plain=True)) == {
        "target_host": "127.0.0.1:7233", "namespace": "default", "tls": False,
    }  # fmt: skip
    monkeypatch.setenv("TEMPORAL_PROFILE", "nobody")
    with pytest.raises(RuntimeError):
        connect_config(Settings())


def test_an_api_key_brings_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "eu.api.temporal.io:7233")
    monkeypatch.setenv("TEMPORAL_API_KEY", "the-key")
    config = connect_config(Settings())
    assert (config["target_host"], config["api_key"]) == ("eu.api.temporal.io:7233", "the-key")
    assert config["tls"] is not False
