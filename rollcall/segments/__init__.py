"""Named sets of companies, and the contacts added to them."""
