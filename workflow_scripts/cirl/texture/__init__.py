"""Texture signatures: what a region's textures tell of the disease, and whether that can be believed."""
