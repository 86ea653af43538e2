"""Scores of predicted masks, their summaries, and the comparisons between arms."""
