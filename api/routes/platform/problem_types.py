"""What every kind of problem means, at the address that problem documents name."""

from fastapi import APIRouter

from api.http.problem_types import ProblemKind, kinds
from api.http.problems import documented, not_found
from words.voice import Sentence

router = APIRouter(prefix="/problems", tags=["service"])


@router.get("/{code}", responses=documented(404, 422))
async def explain(code: str) -> ProblemKind:
    """What a kind of problem means."""
    kind = kinds().get(code)
    if kind is None:
        raise not_found(Sentence("This kind of problem does not exist here."))
    return kind
