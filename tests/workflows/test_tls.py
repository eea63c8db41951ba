"""Temporal behind mutual TLS, reached by a profile as our processes read it: a real server, behind a real TLS end."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from temporalio.testing import WorkflowEnvironment

from config.settings import Settings
from storage.encryption.payload_codec import connect
from tests.workflows.programme import SERVER, started
from workflows.pollers import pollers

pytestmark = [pytest.mark.temporal, pytest.mark.asyncio]

SERVER_NAME = "temporal.internal"


def certify(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, private


async def pumped(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(65_536):
            target.write(chunk)
            await target.drain()
    target.close()


@asynccontextmanager
async def tls_end(target: str, context: ssl.SSLContext) -> AsyncIterator[str]:
    """An address at which TLS ends before a server, as a proxy or a service mesh does it."""
    host, port = target.split(":")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(port))
        await asyncio.gather(pumped(reader, back), pumped(there, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def test_our_processes_reach_a_server_that_asks_for_their_certificate_and_nobody_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, private = certify(tmp_path, SERVER_NAME)
    own_certificate, own_key = certify(tmp_path, "worker.internal")
    other_certificate, other_key = certify(tmp_path, "stranger.internal")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(own_certificate))
    context.load_cert_chain(certificate, private)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    environment = await started(lambda: WorkflowEnvironment.start_local(**SERVER))
    for name in ("MONETIZATION_TEMPORAL_ADDRESS", "MONETIZATION_TEMPORAL_PLAIN"):
        monkeypatch.delenv(name, raising=False)
    async with environment, tls_end(environment.client.service_client.config.target_host, context) as address:
        settings = Settings(state_dir=tmp_path)
        monkeypatch.setenv("TEMPORAL_ADDRESS", address)
        monkeypatch.setenv("TEMPORAL_TLS_SERVER_NAME", SERVER_NAME)
        monkeypatch.setenv("TEMPORAL_TLS_SERVER_CA_CERT_PATH", str(certificate))
        monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(own_certificate))
        monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(own_key))
        client = await connect(settings)
        assert await pollers(client, "nobody's") == []
        monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(other_certificate))
        monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(other_key))
        with pytest.raises(RuntimeError):
            await connect(settings)
        monkeypatch.delenv("TEMPORAL_TLS_CLIENT_CERT_PATH")
        monkeypatch.delenv("TEMPORAL_TLS_CLIENT_KEY_PATH")
        with pytest.raises(RuntimeError):
            await connect(settings)
        monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(own_certificate))
        monkeypatch.setenv("TEMPORAL_TLS_CLIENT_KEY_PATH", str(own_key))
        monkeypatch.setenv("TEMPORAL_TLS_SERVER_NAME", "another.internal")
        with pytest.raises(RuntimeError):
            await connect(settings)
