"""Legal forms of businesses, in their long, local and short ways of writing; no two forms share a short one here.

Which form stands for which is decided by law, so they may be exchanged; that a form is there, and on which side of
the name, may not.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence


def without_marks(text: str) -> str:
    """A text without accents and the like; scripts whose marks are letters keep them."""
    decomposed = unicodedata.normalize("NFD", text)
    kept = (c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFC", "".join(kept))


WRITTEN_LONG: Mapping[str, str] = {
    "limited": "ltd",
    "incorporated": "inc",
    "corporation": "corp",
    "company": "co",
    "limited liability company": "llc",
    "public limited company": "plc",
    "limited liability partnership": "llp",
    "proprietary": "pty",
    "private": "pte",
    "pvt": "pte",
    "(p)": "pte",
    "(pvt)": "pte",
    "(pvt.)": "pte",
    "(private)": "pte",
    "(pty)": "pty",
    "p/l": "pty ltd",
    "berhad": "bhd",
    "sendirian": "sdn",
    "perseroan terbatas": "pt",
    "terbuka": "tbk",
    "gesellschaft mit beschränkter haftung": "gmbh",
    "gesellschaft mit beschraenkter haftung": "gmbh",
    "unternehmergesellschaft": "ug",
    "aktiengesellschaft": "ag",
    "kommanditgesellschaft": "kg",
    "société anonyme": "sa",
    "société à responsabilité limitée": "sarl",
    "sàrl": "sarl",
    "sà rl": "sarl",
    "société par actions simplifiée": "sas",
    "entreprise unipersonnelle à responsabilité limitée": "eurl",
    "sociedad anónima": "sa",
    "sociedad anónima de capital variable": "sa de cv",
    "sociedad limitada": "sl",
    "sociedad de responsabilidad limitada": "s de rl",
    "sociedad de responsabilidad limitada de capital variable": "s de rl de cv",
    "sociedade anônima": "sa",
    "limitada": "ltda",
    "lda": "ltda",
    "sociedad limitada unipersonal": "slu",
    "sociedad por acciones simplificada": "sas",
    "sociedade unipessoal limitada": "unipessoal ltda",
    "unipessoal lda": "unipessoal ltda",
    "società per azioni": "spa",
    "società a responsabilità limitata": "srl",
    "societate cu răspundere limitată": "srl",
    "besloten vennootschap": "bv",
    "naamloze vennootschap": "nv",
    "aktiebolag": "ab",
    "aksjeselskap": "as",
    "allmennaksjeselskap": "asa",
    "aktieselskab": "as",
    "a/s": "as",
    "anpartsselskab": "aps",
    "osakeyhtiö": "oy",
    "osaühing": "ou",
    "oü": "ou",
    "aktsiaselts": "as",
    "sabiedrība ar ierobežotu atbildību": "sia",
    "uždaroji akcinė bendrovė": "uab",
    "sp z o o": "spzoo",
    "sp z oo": "spzoo",
    "spółka z oo": "spzoo",
    "spółka komandytowa": "sp k",
    "spółka z ograniczoną odpowiedzialnością": "spzoo",
    "spółka akcyjna": "sa",
    "spol s ro": "sro",
    "společnost s ručením omezeným": "sro",
    "spoločnosť s ručením obmedzeným": "sro",
    "akciová společnost": "as",
    "korlátolt felelősségű társaság": "kft",
    "zártkörűen működő részvénytársaság": "zrt",
    "nyilvánosan működő részvénytársaság": "nyrt",
    "betéti társaság": "bt",
    "einkahlutafélag": "ehf",
    "hlutafélag": "hf",
    "ανώνυμη εταιρεία": "αε",
    "ανώνυμη εταιρία": "αε",
    "εταιρεία περιορισμένης ευθύνης": "επε",
    "ιδιωτική κεφαλαιουχική εταιρεία": "ικε",
    'בע"מ': "בעמ",
    "בערבון מוגבל": "בעמ",
    "ذ م م": "ذمم",
    "شركة ذات مسؤولية محدودة": "ذمم",
    "društvo s ograničenom odgovornošću": "doo",
    "društvo sa ograničenom odgovornošću": "doo",
    "družba z omejeno odgovornostjo": "doo",
    "anonim şirketi": "as",
    "aş": "as",
    "limited şirketi": "ltd sti",
    "ltd şti": "ltd sti",
    "общество с ограниченной ответственностью": "ооо",
    "акционерное общество": "ао",
    "открытое акционерное общество": "оао",
    "закрытое акционерное общество": "зао",
    "публичное акционерное общество": "пао",
    "индивидуальный предприниматель": "ип",
    "товариство з обмеженою відповідальністю": "тов",
    "приватне акціонерне товариство": "прат",
    "фізична особа-підприємець": "фоп",
    "дружество с ограничена отговорност": "оод",
    "еднолично дружество с ограничена отговорност": "еоод",
    "друштво са ограниченом одговорношћу": "доо",
    "công ty trách nhiệm hữu hạn": "cong ty tnhh",
    "công ty tnhh": "cong ty tnhh",
    "công ty cổ phần": "ctcp",
    "kabushiki kaisha": "kk",
    "godo kaisha": "gk",
    "株式会社": "kk",
    "(株)": "kk",
}
"""Long and local ways to write a legal form, and the short one that stands for all of them."""

LEGAL_FORMS: Mapping[str, str] = {without_marks(long): short for long, short in WRITTEN_LONG.items()}
SHORTEST_WITHOUT_MARKS = 5
"""Accents make another word of a short one (``Às`` is no ``AS``), but none of a form that is written out."""

LONGEST_FORMS_FIRST = sorted(LEGAL_FORMS, key=len, reverse=True)

FORMS_BEFORE = frozenset(
    (
        *("ооо", "ао", "оао", "зао", "пао", "ип", "тов", "прат", "фоп", "доо"),
        *("pt", "cv", "uab", "sia", "mb", "sa", "as", "ou", "sarl", "sas", "eurl", "ctcp", "cong ty tnhh"),
    )
)
"""Short forms that stand before a name where they are usual."""

SHORT_FORMS = frozenset(LEGAL_FORMS.values()) | frozenset(
    ("gbr", "ohg", "se", "lp", "pc", "ek", "oyj", "cv", "mb", "zrt", "kk", "gk", "slu")
)
"""Legal forms that are written shortly already."""

GLUED_FORMS: Mapping[str, str] = {
    "株式会社": "kk",
    "(株)": "kk",
    "有限会社": "yk",
    "(有)": "yk",
    "合同会社": "gk",
    "주식회사": "jusik",
    "(주)": "jusik",
    "유한회사": "yuhan",
    "(유)": "yuhan",
    "股份有限公司": "gufen",
    "有限责任公司": "youxian",
    "有限公司": "youxian",
    "有限責任公司": "youxian",
}
"""Legal forms that stand before or after a name without a space."""

GLUED_LONGEST_FIRST = sorted(GLUED_FORMS.items(), key=lambda form: len(form[0]), reverse=True)

MOST_WORDS_OF_A_FORM = max(len(form.split()) for form in LEGAL_FORMS)


def form_at_end(tokens: Sequence[str]) -> tuple[int, str] | None:
    """How many of the last words are a legal form, and its short form; never the whole name."""
    for length in range(min(MOST_WORDS_OF_A_FORM, len(tokens) - 1), 0, -1):
        last = tokens[-length:]
        written = " ".join(map(form_word, last))
        if short := short_form(written):
            return length, short
        if written in ("& co", "and co", "& company", "and company"):
            return length, "and co"
        initials = "".join(map(form_word, last))
        if all(re.fullmatch(r"\w\.", token) for token in last) and initials in SHORT_FORMS:
            return length, initials
    return None


def form_at_start(tokens: Sequence[str]) -> tuple[int, str] | None:
    """How many of the first words are a legal form that stands before names, and its short form."""
    for length in range(min(MOST_WORDS_OF_A_FORM, len(tokens) - 1), 0, -1):
        short = short_form(" ".join(map(form_word, tokens[:length])))
        if short and (length > 1 or short in FORMS_BEFORE):
            return length, short
    return None


def short_form(written: str) -> str | None:
    """The short form of a legal form, however it is written; nothing for other words."""
    if written in SHORT_FORMS:
        return written
    if short := WRITTEN_LONG.get(written):
        return short
    return LEGAL_FORMS.get(without_marks(written)) if len(written) >= SHORTEST_WITHOUT_MARKS else None


def form_word(token: str) -> str:
    """A word as legal forms are listed: without dots between single letters and the last dot."""
    if re.fullmatch(r"(?:\w\.)+\w?", token):
        return token.replace(".", "")
    return token.removesuffix(".")
