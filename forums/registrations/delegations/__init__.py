"""Delegations (单位): a unit has places of its own, and its contact registers people for them behind a private link.

The office agrees on the places (operations.py, views.py); the contact names, changes and swaps the people (members.py,
contact_views.py). Who has no e-mail address is told through the contact.
"""
