"""Billet's tests."""

import gc

gc.set_threshold(10_000)  # as where it serves, from the first import on
