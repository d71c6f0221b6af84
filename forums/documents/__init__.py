"""Documents: files people hand in, kept under their hash, and reports the house writes.

`report.py` says what a report holds; `render/` turns one into PDF or XLSX bytes, the same bytes each time.
`operations.store` keeps bytes; nothing here knows what an edition or an agreement is.
"""
