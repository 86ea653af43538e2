"""Texture signatures: what textures tell of a disease, and whether that can be believed."""
