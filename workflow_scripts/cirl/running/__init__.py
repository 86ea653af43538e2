"""Running: what every job needs whatever it computes, from its log to its fingerprint."""
