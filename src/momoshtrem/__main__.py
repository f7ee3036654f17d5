"""`python -m momoshtrem` is the `momoshtrem` command."""

from momoshtrem.cli import main

main()
