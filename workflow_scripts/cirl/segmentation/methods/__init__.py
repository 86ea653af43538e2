"""Methods of arms: what a training does beside segmenting, such as unlearning domains."""
