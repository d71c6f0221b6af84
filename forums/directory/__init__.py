"""Organisations and people: one record each, whatever edition they meet us at."""
