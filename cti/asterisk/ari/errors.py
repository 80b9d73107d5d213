"""What ARI can refuse, as types. Knows status codes, not who asked or why."""

from __future__ import annotations

from cti.errors import NotFound, Refused, RingwardError, SwitchUnavailable


class AriNotFound(NotFound):
    """The bridge, variable, application or other thing does not exist at the switch."""

    code = "ari_not_found"


class ChannelNotFound(AriNotFound):
    """The channel is gone; mostly it hung up between the look and the act."""

    code = "channel_not_found"


class AriConflict(Refused):
    """Not possible in the channel's or bridge's present state, e.g. outside Stasis: use AMI for those."""

    code = "ari_conflict"


class AriRefused(Refused):
    """The switch did not accept the request: a wrong parameter, or an account without the right."""

    code = "ari_refused"


def error_of(status: int, message: str, path: str) -> RingwardError:
    """The error for an answer of 400 and above. `path` is the operation's, with its parameters' names in braces."""
    said = f"Asterisk answered {status}: {message or 'no reason given'}"
    if status == 404:
        about_channel = path.startswith("/channels/{channelId}") and "ariable" not in message
        return ChannelNotFound(said) if about_channel else AriNotFound(said)
    if status == 409:
        return AriConflict(said)
    if status >= 500:
        return SwitchUnavailable(said)
    return AriRefused(said)
