"""Carrying out an activity: under its name, with its input and its answer, or it does not pass mypy."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import activity

from models.wire.activities import Activity, Answer, Given

Owner = TypeVar("Owner")


def carries_out(
    step: Activity[Given, Answer],
) -> Callable[[Callable[[Owner, Given], Answer]], Callable[[Owner, Given], Answer]]:
    """Makes a method the one that carries out an activity."""
    return activity.defn(name=step.name)


def carries_out_async(
    step: Activity[Given, Answer],
) -> Callable[[Callable[[Owner, Given], Awaitable[Answer]]], Callable[[Owner, Given], Awaitable[Answer]]]:
    """The same for a method that waits."""
    return activity.defn(name=step.name)
