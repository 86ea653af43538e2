"""What a command raises where it cannot do what was asked."""


class CommandError(Exception):
    """One line that says why it cannot be done, and what to do."""
