"""What is signed at an edition: projects, agreements, signings and the ledger of their amounts.

Two more people check what one has drafted before it counts. A tally counts projects, each once, and never appearances
(counting.py); ledger rows are never edited, a correction reverses one and enters another.
"""
