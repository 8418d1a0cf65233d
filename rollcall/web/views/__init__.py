"""One module per noun: parse, check access, one domain call, answer."""
