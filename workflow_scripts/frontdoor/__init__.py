"""What stands between a user and Snakemake on a cluster; ``cluster.py`` is its command line.

Nothing here is known to the rules or to the library ``cirl``, and no result depends on it.
"""
