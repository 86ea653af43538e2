"""Simulated subjects: brain MRI with tumours of several types, seen by several scanners."""
