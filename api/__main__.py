"""``python -m api`` serves the API; ``python -m api openapi`` writes its documents."""

import argparse
import gc
import json
import os
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from api.app import create_app
from api.http.problem_types import table
from config.logs import configure_logs, log_what_nobody_catches
from config.private_files import keep_files_private
from config.settings import Settings, settings
from providers.sandbox_defaults import refuse_sandbox_defaults
from storage.schema import upgrade

COLLECT_AFTER = 20_000
"""Objects; a page makes some thousands, hardly any of them in cycles."""

DOCS = Path(__file__).parent.parent / "docs"


def openapi() -> str:
    """The OpenAPI document of the API, whatever this installation's settings are."""
    schema = create_app(Settings.model_construct()).openapi()
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def serve(installation: Settings) -> None:
    """Serve until told to stop."""
    keep_files_private()
    configure_logs("api", installation.log_format)
    log_what_nobody_catches()
    refuse_sandbox_defaults(installation)
    if not installation.database_url:
        upgrade(installation.database())
    structlog.get_logger("api").info("serving", address=installation.api_host, port=installation.api_port)
    run(create_app(installation), installation)


def run(app: ASGIApp, installation: Settings) -> None:
    """Serve an application until told to stop.

    What was loaded stays for good: the collector of cyclic garbage, which looks at all of it again and again, is told
    to leave it alone, and to look less often.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    uvicorn.run(
        app,
        host=installation.api_host,
        port=installation.api_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(installation.trusted_proxies),
        forwarded_allow_ips=installation.trusted_proxies,
        timeout_graceful_shutdown=5,
    )


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="api", description="The API of the monetization programme.")
    commands = parser.add_subparsers(dest="command")
    write = commands.add_parser("openapi", help="write openapi.json and problems.md")
    write.add_argument("folder", nargs="?", type=Path, default=DOCS)
    given = parser.parse_args()
    if given.command == "openapi":
        (given.folder / "openapi.json").write_text(openapi())
        (given.folder / "problems.md").write_text(table())
        return
    serve(settings())
    # The Temporal client's threads may outlive the interpreter and abort it at its end (sdk-python issue 300).
    os._exit(0)


if __name__ == "__main__":
    main()
