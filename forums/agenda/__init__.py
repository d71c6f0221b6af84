"""The programme of an edition: sessions in halls and tracks, and who appears in them.

Also its clashes, its public pages and feeds, and the formats in which programmes come and go.
"""
