"""An OIDC issuer whose identity tokens say what a test wants, and only that."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from models.tables import real_now
from tests.api.security.test_sign_in import Browser


class OddIssuer:
    """Has Ada sign in with whichever claims; what it was asked stays in ``asked``, and each code is good once."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.claims: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, str] = {}
        self.published = [self.public_key()]
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.answer(200, outer.jwks() if self.path.endswith("/jwks") else outer.configuration())

            def do_POST(self) -> None:
                sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                claims = outer.claims.pop(sent["code"][0], None)
                if claims is None:
                    return self.answer(400, {"error": "invalid_grant"})
                headers = {"kid": "odd", "typ": "JWT"}
                token = jwt.encode(claims, outer.key, algorithm="ES256", headers=headers)
                return self.answer(200, {"access_token": "unused", "token_type": "Bearer", "id_token": token})

            def answer(self, status: int, body: Any) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def configuration(self) -> dict[str, str]:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks",
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
        }

    def public_key(self) -> dict[str, Any]:
        public = ECAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**public, "kid": "odd", "alg": "ES256", "use": "sig"}

    def jwks(self) -> dict[str, Any]:
        return {"keys": self.published}

    def has_signed_in(self, browser: Browser, address: str, **claims: Any) -> httpx2.Response:
        """Ada signs in here, where a browser was sent, and is sent back; the callback's answer."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        now = int(real_now().timestamp())
        code = f"code-{len(self.claims)}-{self.asked['state']}"
        self.claims[code] = {
            "iss": self.url,
            "aud": self.asked["client_id"],
            "sub": "ada",
            "iat": now,
            "exp": now + 300,
            "nonce": self.asked["nonce"],
            **claims,
        }
        return browser.go("GET", f"/sign-in/callback?code={code}&state={self.asked['state']}")

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
