"""Tumours found as what is unlike healthy tissue: detectors, thresholds, regions."""
