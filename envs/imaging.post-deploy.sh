#!/usr/bin/env bash
# Snakemake runs this in the environment once it is made. PyRadiomics 3.0.1 can only be built
# without isolation, which the pip section of a conda environment cannot ask for.
set -euo pipefail
pip install --no-build-isolation pyradiomics==3.0.1
