"""Metrics: how good a mask is, and what a number of subjects allows to say of it."""
