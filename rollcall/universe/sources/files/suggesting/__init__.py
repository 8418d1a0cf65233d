"""Guesses a mapping from the headers and values of a file, with how sure it is and why."""

from rollcall.universe.sources.files.suggesting.guessing import Guess, Suggestion, suggest

__all__ = ["Guess", "Suggestion", "suggest"]
