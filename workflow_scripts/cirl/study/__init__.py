"""A study's names and files: what there is of subjects, arms, folds, clusterings, and where.

Plain Python, without numpy or pandas: the rules import it for every job.
"""
