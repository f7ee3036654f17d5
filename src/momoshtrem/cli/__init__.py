"""The `momoshtrem` command."""

from momoshtrem.cli.commands import main

__all__ = ["main"]
