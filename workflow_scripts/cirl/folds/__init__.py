"""Folds: who trains, is watched and is tested."""
