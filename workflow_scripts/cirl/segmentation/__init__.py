"""Segmentation: networks, losses, the domain adversary, resumable training and prediction."""
