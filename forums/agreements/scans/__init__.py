"""Scanned originals of agreements: their versions, each superseded by the next with a reason, none ever deleted.

What was approved is what was seen: after the approval a file only comes beside it, as evidence, with a reason.
"""
