"""Whoever must be looked up at the issuer keeps nobody waiting who is known already."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from api.app import create_app
from api.security.identity import SESSION_COOKIE
from config.settings import Settings
from storage.database import Database
from storage.people import sessions
from storage.schema import upgrade

HERE = "http://127.0.0.1:8000"


async def test_while_the_issuer_does_not_answer_sessions_and_keys_are_known(tmp_path: Path) -> None:
    settings = Settings(
        state_dir=tmp_path, temporal_address="127.0.0.1:1", oidc_issuer="http://127.0.0.1:1", api_url=HERE
    )
    upgrade(settings.database())
    with Database(settings.database()).transaction() as session:
        secret = sessions.begin(session, "ada", "Ada Lovelace", None, datetime.now(UTC))
    key = ec.generate_private_key(ec.SECP256R1())
    token = jwt.encode({"sub": "mallory"}, key, algorithm="ES256", headers={"kid": "made-up"})
    app = create_app(settings)
    async with AsyncExitStack() as open_:
        await open_.enter_async_context(app.router.lifespan_context(app))
        http = await open_.enter_async_context(
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=HERE)
        )
        issuer = app.state.installation.queues.issuer
        async with AsyncExitStack() as held:
            for number in range(issuer.at_once):
                await held.enter_async_context(issuer.turn(f"somebody {number}"))
            asked = asyncio.create_task(http.get("/v1/me", headers={"Authorization": f"Bearer {token}"}))
            while not (asked.done() or issuer.waiting):
                await asyncio.sleep(0.01)
            assert issuer.waiting == 1
            ada = await http.get("/v1/me", headers={"Cookie": f"{SESSION_COOKIE}={secret}"})
            assert ada.json()["subject"] == "ada"
            robot = await http.get("/v1/me", headers={"Authorization": "Bearer mk_unknown"})
            assert robot.status_code == 401
            assert not asked.done()
        assert (await asked).json()["code"] == "issuer_unavailable"
