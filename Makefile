# cirl: what a user types. `make help` lists it.
#
# Variables:  PYTHON=/path/to/python3.11   the interpreter that the environment is made with
#             STUDY=studies/goat.yaml      a study other than the demo; of several files in quotation
#                                          marks the last one is on top
#             WHEELHOUSE=wheelhouse        packed wheels, for a set-up without internet
#             PROFILE=slurm                where it runs (default: profiles/local, this machine)

ifneq ($(words $(CURDIR)),1)
$(error Snakemake cannot run scripts in a path with a space: move this clone out of "$(CURDIR)")
endif

SHELL := /bin/sh
PYTHON :=
WHEELHOUSE :=
STUDY :=
PROFILE := profiles/local
SEED :=
SEEDS := 3
DRYRUN :=

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# The environment is this clone's alone, whatever the user's own has.
unexport PYTHONPATH PYTHONHOME
export PYTHONNOUSERSITE := 1

VENV := .venv/bin/python
# Another lock, another command or another place of the clone is another environment.
LOCKED := $(filter-out %/bench.txt,$(sort $(wildcard requirements/*.txt)))
STAMP := .venv/.installed-$(shell (cat $(LOCKED) pyproject.toml; pwd) | cksum | cut -d ' ' -f 1)
# What the benchmarks compare with lies beside the environment, and never in it.
PEERS := .peers/.installed-$(shell cksum < requirements/bench.txt | cut -d ' ' -f 1)
ASKED = --profile $(PROFILE) $(if $(STUDY),--study $(STUDY)) $(if $(DRYRUN),--dry-run)
CLUSTER := $(VENV) workflow_scripts/cluster.py

.PHONY: help setup wheelhouse demo study submit resume status report test test-fast lint fold lock \
	clean bench-hd95 bench-evaluation bench-radiomics bench-silhouette bench-dag bench-cluster-jobs \
	bench-training bench-deep-clustering bench-chunk-checks bench-mixture bench-texture
.DEFAULT_GOAL := help

help:  ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1 @/p' Makefile | awk -F @ '{printf "%-26s %s\n", $$1, $$2}'

setup: $(STAMP)  ## the environment .venv only

$(STAMP):
	@WHEELHOUSE='$(WHEELHOUSE)' sh requirements/set_up.sh $(PYTHON)
	@touch $@

wheelhouse:  ## pack all wheels; on a node without internet: make setup WHEELHOUSE=wheelhouse
	@sh requirements/pack.sh $(PYTHON)

demo: $(STAMP)  ## set up, run the demo, print where its report is and what came out
	@$(CLUSTER) run $(ASKED)
	@$(CLUSTER) report --missing $(ASKED)
	@$(VENV) workflow_scripts/print_summary.py $(STUDY)

study: demo  ## the same for STUDY=studies/x.yaml, e.g. with PROFILE=slurm

# Jobs go to Slurm unless a profile is given.
submit resume: PROFILE := slurm

submit: $(STAMP)  ## check a study against the cluster, then run it there [STUDY=..] [DRYRUN=1]
	@$(CLUSTER) submit $(ASKED)

resume: $(STAMP)  ## go on with a study whose Snakemake was killed [STUDY=..] [WAIT=1 or CANCEL=1]
	@$(CLUSTER) resume $(ASKED) $(if $(WAIT),--wait) $(if $(CANCEL),--cancel) $(if $(ENDED),--ended)

status: $(STAMP)  ## jobs of a study by stage, hours used, and why jobs failed [STUDY=..]
	@$(CLUSTER) status $(ASKED)

report: $(STAMP)  ## write the report of a finished study again
	@$(CLUSTER) report $(ASKED)

test: lint  ## set up, lint, all tests
	@OMP_NUM_THREADS=1 $(VENV) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-fast: $(STAMP)  ## set up, the tests without Snakemake runs, cluster, data and long trainings
	@OMP_NUM_THREADS=1 $(VENV) -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
		-m 'not workflow and not slurm and not real_data and not long'

lint: $(STAMP)  ## ruff, mypy, snakefmt and Snakemake's own lint
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy
	@$(VENV) -m snakefmt --check Snakefile rules
	@$(VENV) -m snakemake --lint

fold: $(STAMP)  ## train one fold again: ARM=baseline FOLD=0 [SEED=..] [PROTOCOL=..] [STUDY=..] [DRYRUN=1]
	@$(CLUSTER) fold --arm '$(ARM)' --fold '$(FOLD)' $(ASKED) $(if $(SEED),--seed $(SEED)) \
		$(if $(PROTOCOL),--protocol $(PROTOCOL))

bench-hd95: $(STAMP)  ## HD95 of three regions, beside MONAI
	@$(VENV) benchmarks/hd95.py

bench-evaluation: $(STAMP)  ## all metrics of a subject's masks, beside three of MONAI's
	@OMP_NUM_THREADS=1 $(VENV) benchmarks/evaluation.py

bench-radiomics: $(STAMP)  ## radiomics of 4 contrasts x 4 regions, beside PyRadiomics (10 minutes)
	@$(VENV) benchmarks/radiomics.py $(if $(QUICK),--quick)

bench-silhouette: $(STAMP)  ## the silhouettes of a sweep, beside scikit-learn
	@$(VENV) benchmarks/silhouette.py

bench-chunk-checks: $(STAMP)  ## checking stored chunks as they are read, beside not checking them
	@OMP_NUM_THREADS=1 $(VENV) benchmarks/chunk_checks.py

bench-mixture: $(STAMP)  ## the mixture weighted by neighbours, beside scikit-learn's with a loop
	@OMP_NUM_THREADS=1 $(VENV) benchmarks/mixture.py

bench-dag: $(STAMP)  ## Snakemake's own time for 100 to 10,000 subjects, beside two bare jobs a subject
	@$(VENV) benchmarks/dag.py

bench-training: $(STAMP)  ## training throughput, beside MONAI's stock loop
	@$(VENV) benchmarks/training.py

bench-texture: $(STAMP)  ## textures of a slice's windows, beside the same windows in batches
	@OMP_NUM_THREADS=1 $(VENV) benchmarks/texture.py

bench-cluster-jobs: $(STAMP)  ## jobs of 100 to 10,000 subjects on a cluster, and their overhead [LAB=16]
	@$(VENV) benchmarks/cluster_jobs.py --lab $(or $(LAB),0)

bench-deep-clustering: $(STAMP) $(PEERS)  ## deep clustering of digits, beside ClustPy [SEEDS=3]
	@OMP_NUM_THREADS=1 PYTHONPATH=.peers $(VENV) benchmarks/deep_clustering.py --seeds $(SEEDS)

$(PEERS):
	@rm -rf .peers
	@$(VENV) -m pip install -qq --no-deps --target .peers -r requirements/bench.txt
	@touch $@

lock: $(STAMP)  ## write requirements/lock.txt from what .venv holds
	@$(VENV) -m pip freeze --exclude pyradiomics --exclude-editable 2>/dev/null \
		| sed 's/+cpu$$//' > requirements/lock.txt

clean:  ## remove the environment and the caches; results/ stays
	rm -rf .venv .peers .pytest_cache .mypy_cache .ruff_cache .hypothesis
