"""Style sheets, scripts and pictures: served from memory under names that change with their content."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

from api.http.problems import not_found
from words.voice import Sentence

router = APIRouter(include_in_schema=False)

HERE = Path(__file__).parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """A file and how it is sent."""

    path: str
    content: bytes
    packed: bytes
    content_type: str


def load() -> dict[str, Asset]:
    """All assets, by the name that templates call them."""
    found = {}
    for file in sorted(HERE.rglob("*")):
        if file.suffix in TYPES:
            content, name = file.read_bytes(), file.relative_to(HERE).as_posix()
            path = f"/static/{hashlib.sha256(content).hexdigest()[:12]}/{name}"
            found[name] = Asset(path, content, gzip.compress(content, 9, mtime=0), TYPES[file.suffix])
    return found


ASSETS = load()


def address(name: str) -> str:
    """Where an asset is; KeyError when there is none."""
    return ASSETS[name].path


@router.get("/static/{digest}/{name:path}")
async def asset(request: Request, digest: str, name: str) -> Response:
    """An asset; browsers may keep it for good."""
    found = ASSETS.get(name)
    if found is None or found.path != request.url.path:
        raise not_found(Sentence("This file does not exist here."))
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            found.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=found.content_type
        )
    return Response(found.content, headers=headers, media_type=found.content_type)
