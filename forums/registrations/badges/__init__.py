"""Badges (胸牌), tickets, attendance certificates (参会证明) and the sign-in sheet (签到表): what is printed.

A run prints many in one file by a job; each badge that was printed, or printed again, keeps a row of its own.
"""
