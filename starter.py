"""The command line ``monetization``."""

from cli.application import run
from cli.outcome import leave


def main() -> None:
    """Do what the command line says, and leave with its exit code."""
    leave(run())


if __name__ == "__main__":
    main()
