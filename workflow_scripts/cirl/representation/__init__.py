"""Representation: autoencoders, what they learn from, and how they are trained."""
