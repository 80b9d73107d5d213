"""The pocket card: the same card as on the desktop, on the phone that rings, by a link that needs no log-in.

Rules are in `model`, `rules`, `message` and `sms` (pure); `cards` keeps the links, `dispatch` sends them by the
channels of `push`, `line`, `gateway` and `ways`. Must not know HTTP routes or pages.
"""
