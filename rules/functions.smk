"""What do the rules of phantoms, textures and detectors ask of the study, by their wildcards?

Functions alone, which those rules share; reads and writes nothing.
"""


def simulated_batches(kind):
    """Cohort and name of those that a job simulates; where it is one, they are wildcards."""
    if config["batch"] == 1:
        return {"{cohort}_{name}": [("{cohort}", "{name}")]}
    cohorts = STUDY.simulated_cohorts(kind)
    mine = [subject for subject, (cohort, _) in SIMULATED.items() if cohort in cohorts]
    return {
        batch: [SIMULATED[subject] for subject in subjects]
        for batch, subjects in STUDY.batches_of(sorted(mine)).items()
    }


def window_settings(wildcards):
    """Which windows a signature has, as plain values."""
    row, patches = SIGNATURES[wildcards.signature], TEXTURE["patches"]
    shared = {key: value for key, value in patches.items() if key != "number"}
    channels = tuple(map(STUDY.contrasts.index, row.contrasts))
    return {"region": row.region, "channels": channels, "step": TEXTURE["step"], **shared}


def encoder_settings(wildcards):
    """An encoder's own settings; a network's too, and what its row of the registry holds fixed."""
    own, row = TEXTURE["encoders"][wildcards.encoder], ENCODERS[wildcards.encoder]
    if not row.trains:
        return own
    machine = ("threads", "gpus", "minutes")
    shared = {key: value for key, value in TEXTURE["network"].items() if key not in machine}
    return {**shared, **row.fixed, **own}


def of_networks(number, otherwise):
    """Let a resource depend on whether an encoder is trained."""
    return lambda wildcards: number if wildcards.encoder in TRAINED_ENCODERS else otherwise


def examined_files(signature, part):
    """Return the files of one table of all encoders of a signature, and of its baselines."""
    row = SIGNATURES[signature]
    of_encoders = expand(
        F.texture_examined,
        signature=signature,
        encoder=row.encoders,
        fit=row.fits,
        k=row.ks,
        part=part,
    )
    return [*of_encoders, F.texture_baselines.of(signature=signature, part=part)]


def signature_files(wildcards):
    """Return the signatures of one encoder, all folds of a seed after the other."""
    row = SIGNATURES[wildcards.signature]
    return expand(
        F.texture_signatures,
        **wildcards,
        seed=row.seeds,
        fold=folds_of_fit(wildcards),
    )


def folds_of_fit(wildcards):
    """Return the folds in which textures are learnt: a single one stands for all subjects."""
    return [0] if wildcards.fit == "all" else list(STUDY.texture_folds(wildcards.signature))


def signature_row(key):
    """Give a key of the wildcards' signature."""
    return lambda wildcards: getattr(SIGNATURES[wildcards.signature], key)


def planted_files(wildcards):
    """Return what was planted, of all encoders of a signature, where it is known."""
    row = SIGNATURES[wildcards.signature]
    names = {"encoder": row.encoders, "fit": row.fits, "k": row.ks}
    return expand(F.texture_planted, **wildcards, **names) if IS_PLANTED else []


def shown_maps(wildcards):
    """Return the folders of maps of one model, fold by fold."""
    row = SIGNATURES[wildcards.signature]
    encoder, k, fit = MAPPED[wildcards.signature]
    return expand(
        F.texture_maps,
        signature=wildcards.signature,
        encoder=encoder,
        k=k,
        fit=fit,
        seed=row.seeds[0],
        fold=STUDY.texture_folds(wildcards.signature),
    )


def of_detections(file):
    """The files of all detections, in their order."""
    return [file.of(**detection) for detection in DETECTIONS]


def of_detector(file):
    """The files of a detector's folds and seeds in a protocol, as a function of the wildcards."""

    def files(wildcards):
        protocols, detectors = [wildcards.protocol], [wildcards.detector]
        return [file.of(**one) for one in STUDY.detections(protocols, detectors)]

    return files
