"""Telling people and programs: letters by email, calls by webhook; written with what they tell of, sent later."""
