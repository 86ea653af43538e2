"""Configuration: a study's settings, checked and completed."""
