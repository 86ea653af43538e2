"""Preprocess one subject; one that cannot be used becomes a status and a reason."""

import logging

from cirl.images import SubjectError
from cirl.logs import log_to
from cirl.preprocessing import PreprocessingSettings, SubjectFiles, excluded, preprocess
from cirl.store import write_subject

log_to(snakemake.log[0])
files = SubjectFiles(**snakemake.params.files)
settings = PreprocessingSettings(
    spacing=snakemake.params.settings["spacing"], clip=tuple(snakemake.params.settings["clip"])
)
try:
    result = preprocess(files, settings)
    logging.info("%s: ok, shape %s", files.subject, result.metadata["shape"])
except MemoryError:
    raise  # a retry asks for more memory
except SubjectError as error:
    result = excluded(files, str(error))
    logging.warning("%s: excluded: %s", files.subject, error)
except Exception as error:
    result = excluded(files, f"unexpected {type(error).__name__}: {error}")
    logging.exception("%s: excluded", files.subject)
write_subject(snakemake.params.store, files.subject, result.image, result.label, result.metadata)
