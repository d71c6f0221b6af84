"""Contact lists, campaigns of invitation letters, and the answers of those invited.

A campaign is frozen before it is sent, so that who gets which words is settled and counted before anything goes out.
"""
