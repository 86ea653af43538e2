"""From features or image slices to clusters: clusterers, their sweep, and deep clustering."""
