"""Report: pages and figures that people read."""
