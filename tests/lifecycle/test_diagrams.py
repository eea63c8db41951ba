"""The documents that are written from the data are up to date, and show all of it."""

import pytest

from lifecycle.documentation import diagrams
from lifecycle.machines import MACHINES
from models.documents import FailureClass
from models.programme.policy import default_policy
from models.reasons.failures import FAILURES, GENERAL, Failure


def test_the_written_documents_are_up_to_date() -> None:
    stale = [path.name for path in diagrams.stale()]
    assert not stale, f"{stale}: run `python -m lifecycle.documentation.diagrams` (make docs)"


def test_every_state_event_and_guard_is_shown() -> None:
    page = diagrams.states_page(default_policy())
    for machine in MACHINES.values():
        for state in machine.states:
            assert f"| `{state.name}` | {state.description} |" in page
        for rule in machine.rules:
            assert f"| `{rule.event}` |" in page
            for guard in rule.guards:
                assert f"| `{guard.code}` | {guard.reason.replace('|', '/')} |" in page


def test_every_deadline_says_when() -> None:
    policy = default_policy()
    for machine in MACHINES.values():
        for state in machine.states:
            for deadline in state.deadlines:
                assert deadline.when(policy), f"{machine.name}.{state.name}: {deadline.event}"


def test_the_pipeline_is_written_between_its_markers_only() -> None:
    readme = f"before\n{diagrams.BEGIN}\nold\n{diagrams.END}\nafter"
    written = diagrams.with_pipeline(readme)
    assert written == f"before\n{diagrams.BEGIN}\n{diagrams.pipeline()}\n{diagrams.END}\nafter"
    assert diagrams.with_pipeline(written) == written
    assert diagrams.with_pipeline("no markers") == "no markers"


def test_every_machine_is_in_the_pipeline() -> None:
    for machine in MACHINES.values():
        assert f'{machine.name}["{machine.title}"]' in diagrams.pipeline()


def test_the_runbook_names_every_state_failure_and_reason() -> None:
    page = diagrams.RUNBOOK.read_text(encoding="utf-8")
    for state in MACHINES["payout"].states:
        assert f"| `{state.name}` | {state.description} |" in page
    for code, failure in FAILURES.items():
        assert f"| `{code}` | {failure.failure_class} |" in page and failure.why in page
    for rule in MACHINES["payout"].rules:
        for code, meaning in rule.reason_codes.items():
            assert f"| `{rule.event}` | `{code}` | {meaning} |" in page


def test_every_failure_says_why_and_how_it_is_mended_in_whole_sentences() -> None:
    assert set(GENERAL) == set(FailureClass)
    for failure in [*FAILURES.values(), *GENERAL.values()]:
        for sentence in (failure.why, failure.fix):
            assert sentence[0].isupper() and sentence.endswith(".")


@pytest.mark.parametrize("failure_class", FailureClass)
@pytest.mark.parametrize("code", [None, "never_heard_of", "timeout", "account_closed"])
def test_any_failure_can_be_explained_to_those_who_must_act(
    failure_class: FailureClass, code: str | None
) -> None:
    words = Failure(failure_class, code).words
    assert words.failure_class is failure_class
    listed = FAILURES.get(code or "")
    fits = listed is not None and listed.failure_class is failure_class
    assert words.fix == (listed if listed and fits else GENERAL[failure_class]).fix
