"""The measurements of bench_ledger, one file for each kind."""
