"""Whether two folders of results agree."""
