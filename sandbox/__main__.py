"""``python -m sandbox`` runs the sandbox; ``python -m sandbox openapi`` writes the providers' OpenAPI document."""

import argparse
import json
from pathlib import Path

import structlog
import uvicorn

from config.logs import configure_logs, log_what_nobody_catches
from config.private_files import keep_files_private
from config.settings import settings
from sandbox.app import create_app, provider_schema
from sandbox.state import open_world

SCHEMA = Path(__file__).parent.parent / "docs" / "openapi-providers.json"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def main() -> None:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="sandbox", description="The outside world in a box.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8700)
    parser.add_argument("--seed", type=int, help="another seed is another history; remembered")
    parser.add_argument("--staff", action="store_true", help="play the platform's reviewer, too")
    commands = parser.add_subparsers(dest="command")
    openapi = commands.add_parser("openapi", help="write the OpenAPI document of the providers")
    openapi.add_argument("path", nargs="?", type=Path, default=SCHEMA)
    given = parser.parse_args()
    if given.command == "openapi":
        given.path.write_text(json.dumps(provider_schema(), indent=1, ensure_ascii=False) + "\n")
        return
    keep_files_private()
    here = settings()
    configure_logs("sandbox", here.log_format)
    log_what_nobody_catches()
    log = structlog.get_logger("sandbox")
    if given.host not in LOOPBACK:
        log.warning("the sandbox hands out tokens to anybody who reaches it", address=given.host)
    world = open_world(here, given.seed)
    log.info(f"the sandbox plays seed {world.seed}; it is {world.now():%Y-%m-%d} in there", port=given.port)
    uvicorn.run(
        create_app(world, given.staff),
        host=given.host,
        port=given.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
