"""The questions as SQLGlot expressions, for every engine that speaks SQL in whichever dialect."""
