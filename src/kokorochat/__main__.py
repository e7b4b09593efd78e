"""`python -m kokorochat`."""

from kokorochat.cli import main

raise SystemExit(main())
