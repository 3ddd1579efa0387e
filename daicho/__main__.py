"""`python -m daicho` is the `daicho` command."""

from daicho.cli import main

main()
