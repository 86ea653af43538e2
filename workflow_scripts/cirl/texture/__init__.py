"""Texture signatures: windows of a region, what they are encoded to, and the shares of textures."""
