"""What Temporal keeps is sealed under our key ring, so that it can be read, and made, by processes of ours alone.

Texts for the Temporal UI stay readable: summaries, current details, search attributes. What was written before
payloads were sealed is read as it is, and known to be unsealed.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog
from cryptography.exceptions import InvalidTag
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter, pydantic_data_converter
from temporalio.converter import (
    ActivitySerializationContext,
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
    PayloadCodec,
    PayloadConverter,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)
from temporalio.exceptions import ApplicationError

from config.settings import Settings
from config.temporal import connect_config
from models.wire.origin import ACTIVITY, SEALED_ENCODING, SEALED_FOR, Originated, place
from models.wire.tolerant import OfAnotherRelease, read_json
from storage.encryption.keyring import Keyring, load_keyring

KEY_ID, BOUND_TO = "monetization-key-id", "monetization-bound-to"

_log = structlog.get_logger("payloads")


class SealedPayloads(PayloadCodec, WithSerializationContext):
    """Seals payloads with AES-256-GCM, bound to the workflow that they belong to.

    Args:
        keyring: keys of its own purpose; the newest seals, all open.
        bound_to: the place that the payloads belong to; "" where it is not known.
    """

    def __init__(self, keyring: Keyring, bound_to: str = "") -> None:
        self._keyring = keyring
        self._bound_to = bound_to

    def with_context(self, context: SerializationContext) -> "SealedPayloads":
        """The codec for one workflow."""
        if isinstance(context, WorkflowSerializationContext):
            return SealedPayloads(self._keyring, place(context.namespace, context.workflow_id))
        if isinstance(context, ActivitySerializationContext):
            return SealedPayloads(self._keyring, ACTIVITY + place(context.namespace, context.workflow_id))
        return self

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal everything but what the Temporal UI is to show."""
        return [payload if is_readable(payload) else self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open what is sealed; what cannot be opened stays as it is, for a stranger may have sent it."""
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        inner = Payload()
        inner.CopyFrom(payload)
        inner.metadata.pop(SEALED_FOR, None)
        bound = self._bound_to
        metadata = {
            "encoding": SEALED_ENCODING,
            KEY_ID: self._keyring.newest.encode(),
            BOUND_TO: bound.encode(),
        }
        return Payload(metadata=metadata, data=self._keyring.seal(inner.SerializeToString(), bound))

    def _open(self, payload: Payload) -> Payload:
        opened = Payload()
        if payload.metadata.get("encoding") != SEALED_ENCODING:
            opened.CopyFrom(payload)
            opened.metadata.pop(SEALED_FOR, None)  # whoever sent it may have claimed it
            return opened
        bound = payload.metadata.get(BOUND_TO, b"").decode(errors="replace")
        try:
            opened.ParseFromString(self._keyring.unseal(payload.data, bound))
        except (KeyError, InvalidTag) as error:
            reason = (
                "its key is not in the ring" if isinstance(error, KeyError) else "it was not sealed by us"
            )
            _log.warning("a payload cannot be opened", reason=reason)
            return payload
        opened.metadata[SEALED_FOR] = bound.encode()
        return opened


def is_readable(payload: Payload) -> bool:
    """Whether a payload is for people to read in the Temporal UI: a bare text, or what the SDK says of a workflow.

    Everything else of ours is a model, which is a JSON object or list.
    """
    encoding = payload.metadata.get("encoding")
    if encoding == b"json/protobuf":
        return payload.metadata.get("messageType") == b"temporal.api.sdk.v1.WorkflowMetadata"
    return encoding == b"binary/null" or (encoding == b"json/plain" and payload.data.startswith(b'"'))


class OriginJson(PydanticJSONPlainPayloadConverter):
    """Pydantic's JSON, where models learn where they come from.

    What a process of ours has sealed may be of a newer release: fields that this one does not know are left out. What
    nobody has sealed somebody has typed, and is read as strictly as a request.
    """

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:
        """See base class."""
        value: Any
        if type_hint is not None and SEALED_FOR in payload.metadata:
            try:
                value = read_json(type_hint, payload.data)
            except ValidationError as error:
                # Its own words repeat the values.
                raise OfAnotherRelease(f"this release cannot read it: {type_hint}") from error
        else:
            value = super().from_payload(payload, type_hint)
        if isinstance(value, Originated):
            value.remember_origin(payload)
        return value


class OriginConverter(CompositePayloadConverter):
    """The SDK's payload converter with ``OriginJson`` for JSON."""

    def __init__(self) -> None:
        json = OriginJson()
        super().__init__(
            *(
                json if isinstance(converter, JSONPlainPayloadConverter) else converter
                for converter in DefaultPayloadConverter.default_encoding_payload_converters
            )
        )


class TolerantFailures(DefaultFailureConverterWithEncodedAttributes):
    """The SDK's converter of failures, for which a failure that nobody can read is a failure, too.

    The SDK tries an activity for ever whose arguments cannot be read, where nobody sees it. It is given back to its
    workflow instead, which shows it, waits and asks again.
    """

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """See base class."""
        if isinstance(exception.__cause__, OfAnotherRelease):
            exception = ApplicationError(
                "A worker of another release cannot read what it was given.",
                type=OfAnotherRelease.__name__,
                non_retryable=True,
            )
        super().to_failure(exception, payload_converter, failure)

    def from_failure(self, failure: Failure, payload_converter: PayloadConverter) -> BaseException:
        """See base class; raised in workflow code, an error here would stop the workflow."""
        try:
            return super().from_failure(failure, payload_converter)
        except Exception:
            # Whatever is raised on strange bytes; what they say is not ours.
            return ApplicationError("It cannot be read.", type="UnreadableFailure", non_retryable=True)


def sealing_converter(keyring: Keyring) -> DataConverter:
    """The data converter of every process that speaks to Temporal."""
    return replace(
        pydantic_data_converter,
        payload_converter_class=OriginConverter,
        payload_codec=SealedPayloads(keyring.derived("temporal")),
        failure_converter_class=TolerantFailures,
    )


async def connect(settings: Settings, *, lazy: bool = False, make_key: bool = True) -> Client:
    """A client of the configured Temporal that seals what it sends.

    Args:
        lazy: connect only when it is first needed.
        make_key: make the key of an embedded installation where there is none yet.
    """
    keyring = load_keyring(settings.field_keys.get_secret_value(), settings.state_dir, make=make_key)
    return await Client.connect(
        **connect_config(settings), data_converter=sealing_converter(keyring), lazy=lazy
    )
