"""One thread, for the tests of this folder."""

from planted import one_thread  # noqa: F401
