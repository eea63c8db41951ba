"""How the database refuses a command that the machines have taken."""

from models.commands import Refusal


class Refused(Exception):
    """Leaves the transaction without a trace; the command is refused."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.refusal = Refusal(code=code, reason=reason)
