"""The REST API: parse, check access, call one domain function, shape the answer."""
