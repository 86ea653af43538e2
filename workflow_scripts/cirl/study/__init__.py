"""A study: its names, its files, and the tables that its stages hand on.

Names and files are plain Python, without numpy or pandas: the rules import them for every job.
"""
