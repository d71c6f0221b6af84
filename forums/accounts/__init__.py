"""Staff: their accounts, their roles and grants, and how they sign in.

One function decides who may do what: allowed(account, action, row).
"""
