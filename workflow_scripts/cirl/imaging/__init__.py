"""Imaging: from files to subjects on one grid and one intensity scale, and who is odd."""
