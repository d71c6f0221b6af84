"""Experts: the people who speak, chair and moderate, with a profile each and their history over editions.

Names, positions and organisations stay in the directory; what they do in an edition stays in the agenda.
"""
