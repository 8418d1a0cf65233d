"""Long attacks on the ledger, run by hand or at night; the everyday tests run each of them for a few seconds."""
