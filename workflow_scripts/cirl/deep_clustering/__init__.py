"""Deep clustering: networks that are trained to cluster, and the evidence for what they find."""
