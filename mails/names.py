"""Names in mails: whoever chose one must not be able to lead its reader astray."""

import re
import unicodedata

DOT = "[.．。｡․]"
LINKED = re.compile(
    rf"://|@|＠|(?<=\w){DOT}(?=[^\W\d])|(?<=\d){DOT}(?=\d{{1,3}}(?:{DOT}\d{{1,3}}){{2}}(?!\d))"
)
"""What mail programs make links and addresses of."""
TO_CALL = re.compile(r"(?:\+\s?)?\d(?:[\s().\-/]{0,3}\d){6,}")
"""What telephones make a number to call of."""
UNSEEN = ("Cf", "Cc", "Cn", "Co", "Cs")
"""Categories of signs that are not seen, those among them that write backwards."""
QUOTATION_MARKS = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
"""The marks between which a name stands in a mail end nowhere else than behind it."""


def unlinked(name: str, longest: int = 80) -> str:
    """A name on one line, of which no mail program makes a link, a number to call or an address.

    Signs that are not seen are left out: they hide a link from us, or turn round what is read after them.
    """
    one_line = " ".join(name.split())
    plain = " ".join("".join(sign for sign in one_line if unicodedata.category(sign) not in UNSEEN).split())
    short = plain if len(plain) <= longest else f"{plain[:longest]}…"
    return LINKED.sub(r"[\g<0>]", TO_CALL.sub("[number]", short.translate(QUOTATION_MARKS)))
