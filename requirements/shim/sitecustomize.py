"""Gives Python 3.12 back the one class that the set-up script of PyRadiomics 3.0.1 asks for.

On the path only while PyRadiomics is built (see ``set_up.sh``). ``SafeConfigParser`` was another
name of ``ConfigParser`` from Python 3.2 until 3.12 removed it, with its ``readfp``; the set-up
script reads its own version with them. The numbers are those of Python 3.11, bit for bit.
"""

import configparser


class SafeConfigParser(configparser.ConfigParser):
    """``ConfigParser`` under its former name and with its former method."""

    def readfp(self, file, name=None):
        """Read from an open file."""
        self.read_file(file, source=name)


if not hasattr(configparser, "SafeConfigParser"):
    configparser.SafeConfigParser = SafeConfigParser
