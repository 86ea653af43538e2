"""Radiomics: features of a tumour's regions, and the table that they become."""
