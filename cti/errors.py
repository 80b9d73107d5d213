"""One tree of errors, each with a stable code and a sentence that says what to do next.

Knows nothing of HTTP, WebSockets or exit statuses: each face maps codes to its own.
"""

from __future__ import annotations


class RingwardError(Exception):
    """Root of everything Ringward raises on purpose. `str(error)` is fit for a user's eyes."""

    code = "ringward"


class NotFound(RingwardError):
    """What was asked for does not exist (or must not be known to exist)."""

    code = "not_found"


class Refused(RingwardError):
    """Understood, and not allowed or not possible as things stand."""

    code = "refused"


class Invalid(RingwardError):
    """The input is wrong; the sentence names the field and a form that would be right."""

    code = "invalid"


class NotLoggedIn(RingwardError):
    """No session, or one that has ended."""

    code = "not_logged_in"


class SwitchUnavailable(RingwardError):
    """Asterisk cannot be reached or did not answer in time."""

    code = "switch_unavailable"


class StoreUnavailable(RingwardError):
    """The database cannot be reached or is locked for too long."""

    code = "store_unavailable"
