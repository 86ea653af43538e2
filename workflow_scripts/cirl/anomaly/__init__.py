"""Tumours without labels of them: how unlike healthy tissue is each voxel of a scan?"""
