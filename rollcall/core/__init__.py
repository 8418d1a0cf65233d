"""The kernel: errors, ids, clock, paging, jobs, faults; knows nothing of contacts or requests."""
