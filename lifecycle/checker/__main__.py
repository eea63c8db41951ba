"""``python -m lifecycle.checker [--deep] [--json]``: prove the machines; the exit code says whether they hold."""

import argparse
import dataclasses
import json
import sys

from lifecycle.checker.checking import Report, check


def main() -> int:
    """Check, print, and return 0 when everything holds."""
    arguments = argparse.ArgumentParser(prog="python -m lifecycle.checker", description=__doc__)
    arguments.add_argument("--deep", action="store_true", help="wider bounds; takes many minutes")
    arguments.add_argument("--json", action="store_true", help="one JSON document instead of text")
    wanted = arguments.parse_args()
    reports = []
    for report in check(wanted.deep):
        reports.append(report)
        if not wanted.json:
            print_report(report)
    if wanted.json:
        print(json.dumps([as_json(report) for report in reports], indent=2))
    return int(any(report.failures for report in reports))


def as_json(report: Report) -> dict[str, object]:
    """A report without the sets that only the check of the data needs."""
    found = dataclasses.asdict(report)
    return {name: value for name, value in found.items() if name not in ("met", "taken")}


def print_report(report: Report) -> None:
    """A report for people."""
    print(f"{report.world}: {report.about}")
    cut = f", {report.cut} steps beyond the longest queue not followed" if report.cut else ""
    print(
        f"  {report.states:,} states, {report.transitions:,} transitions, "
        f"{report.decisions:,} different decisions, {report.seconds} s{cut}"
    )
    for failure in report.failures:
        print(f"  FAILS: {failure.claim}")
        for step in failure.trace:
            print(f"      {step}")


if __name__ == "__main__":
    sys.exit(main())
