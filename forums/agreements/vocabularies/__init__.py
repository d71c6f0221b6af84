"""The words of agreements as the administrator leaves them: renamed, ordered, added and retired, in zh and en.

What is in use is never removed, only offered no more. The segments of a series are changed in the same way.
"""
