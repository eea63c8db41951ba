"""The command line ``monetization``."""

from cli.application import run
from cli.errors import exit_with


def main() -> None:
    """Do what the command line says, and leave with its exit code."""
    exit_with(run())


if __name__ == "__main__":
    main()
