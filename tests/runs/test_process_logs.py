"""A test that fails shows what the processes under test have said meanwhile."""

from pathlib import Path

from tests.runs import process_logs


def test_only_what_was_said_meanwhile_is_shown(tmp_path: Path) -> None:
    log, silent = tmp_path / "api.log", tmp_path / "worker.log"
    log.write_text("before\n")
    process_logs.follow(log)
    process_logs.follow(silent)
    process_logs.begin()
    with log.open("a") as file:
        file.write("x" * 10_000 + " meanwhile\n")
    shown = {name: said for name, said in process_logs.since() if str(tmp_path.name) in name}
    assert list(shown) == [f"{tmp_path.name}/api.log"]
    said = shown[f"{tmp_path.name}/api.log"]
    assert said.endswith(" meanwhile\n") and "before" not in said and len(said) == process_logs.MOST
