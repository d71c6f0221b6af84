"""Running Billet: start it, check it, back it up, restore it.

Commands for the people who look after an installation; nothing here is used by the pages.
"""
