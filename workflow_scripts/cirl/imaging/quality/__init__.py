"""Quality control: numbers of every subject, and who is far from the others of its cohort."""
