"""Figures of the report, one module a stage."""
