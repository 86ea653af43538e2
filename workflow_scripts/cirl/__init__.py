"""cirl: cluster-invariant representation learning for brain-tumour segmentation."""
