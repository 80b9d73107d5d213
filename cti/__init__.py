"""Ringward's daemon, pages and command line: everything between Asterisk's switch and the person who answers."""

__version__ = "0.1.0"
