"""The mail service: takes notices over, and keeps them to be looked at."""

from fastapi import APIRouter

from providers.http.notifications import Notice, Receipt
from sandbox.faults import Answer, Disturbance
from sandbox.problems import Problem, problems
from sandbox.services.desks import IdempotencyKey, check_key
from sandbox.state import Here
from sandbox.store import NoticeRow, digest

router = APIRouter(tags=["notifications"])


@router.post("/notifications", response_model=Receipt, responses=problems(409))
def send_notice(notice: Notice, here: Here, idempotency_key: IdempotencyKey = None) -> Answer:
    """Hand in a mail; the same id is sent once. Nothing leaves the sandbox: see `/control/notices`."""
    check_key(idempotency_key, notice.id)
    with here.store.write() as session:
        call = Disturbance(session, here, "notifications", notice.organization_id, "request")
        if error := call.instead():
            return error
        row = session.get(NoticeRow, notice.id)
        if row is None:
            session.add(
                NoticeRow(
                    id=notice.id,
                    organization_id=notice.organization_id,
                    digest=digest(notice),
                    notice=notice.model_dump_json(),
                    received_at=here.now(),
                )
            )
        elif row.digest != digest(notice):
            raise Problem(409, "reference_conflict", "This id was used for another notice.")
        return call.answer(Receipt())
