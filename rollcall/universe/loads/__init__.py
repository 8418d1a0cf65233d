"""Loads that an operator asks for on a page and a worker carries out: look, check, load; each goes on after a crash."""
