"""Does it foot? Rows against totals, editions against the series, the tally against the ledger, statements against what
is on record, and figures that somebody published against their own rows and against ours.
"""
