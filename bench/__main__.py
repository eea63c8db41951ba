"""``python -m bench [NAME …]``: run the ``main`` of every bench module, or of those named, and keep the results."""

import importlib
import json
import os
import pkgutil
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import bench

RESULTS = Path(__file__).parent / "results"


def main(names: list[str]) -> None:
    """Run the benchmarks one after the other; each returns what it measured."""
    RESULTS.mkdir(exist_ok=True)
    for name in names or sorted(module.name for module in pkgutil.iter_modules(bench.__path__)):
        benchmark = importlib.import_module(f"bench.{name}")
        if name == "__main__" or not hasattr(benchmark, "main"):
            continue
        print(f"== {name}", flush=True)
        result = {
            "benchmark": name,
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "results": benchmark.main(),
        }
        path = RESULTS / f"{name}.json"
        path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(f"   kept in bench/results/{path.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
