"""What the table of words is made of: what an action is called before and after it, and what a state is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Deed:
    """The words of an action. Names in braces are filled in; see ``words.things``.

    Attributes:
        done: what is said of it afterwards, without a full stop.
        button: what whoever may do it is offered; empty where it happens by itself.
        into: other words afterwards, by the state that it led to.
        because: other words afterwards, by the code of why it came so.
    """

    done: str
    button: str = ""
    into: Mapping[str, str] = field(default_factory=dict)
    because: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The words of a state.

    Attributes:
        label: the state in a few words, for a badge.
        opens: what a link says that leads whoever must act to where they do it; empty where nobody must.
    """

    label: str
    opens: str = ""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The words of one kind of document.

    Attributes:
        title: what one of them is called, with what tells it from others.
        unnamed: the same where that is not known.
    """

    title: str
    unnamed: str
    states: Mapping[str, Standing]
    deeds: Mapping[str, Deed]
