"""The tables that stages hand on: what each holds, and the one reader and writer of all.

A module a stage, so that a new table of one stage makes nothing of another stale.
"""
