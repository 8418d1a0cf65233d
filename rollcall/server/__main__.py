"""`python -m rollcall.server` is `rollcall-server`."""

from rollcall.server.main import run

run()
