"""In which of their roles somebody of the staff decides."""

from api.http.problems import refused
from api.security.staff_access import Staff
from lifecycle.decide import NO_SUCH_ACTION, done_already
from lifecycle.machines import RULES
from models.commands import Refusal, Role
from models.documents import AnyDocument
from words import called, state
from words.actors import any_of
from words.voice import Sentence


def role_for(staff: Staff, action: str, document: AnyDocument) -> Role:
    """The role in which somebody may take a step, or could until a colleague did; 403 when none of theirs may."""
    machine, _, event = action.partition(".")
    rules = RULES.get((machine, event))
    if rules is None:
        raise refused(Refusal(code="unknown_action", reason=NO_SUCH_ACTION))
    applicable = [rule for rule in rules if document.state in rule.sources] or rules
    able = {role for rule in applicable for role in rule.roles}
    for role in staff.deciding:
        if role in able:
            return role
    for role in staff.deciding:
        if done_already(role, document, rules):
            return role
    reason = Sentence(
        "Only {who} may do this (“{action}”) while it is “{state}”.",
        who=any_of(able),
        action=called(action),
        state=state(document.machine, document.state),
    )
    raise refused(Refusal(code="wrong_role", reason=reason))
