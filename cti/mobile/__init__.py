"""The mobile leg's whisper: who calls and about what, spoken before the key 1. The dial plan rings and asks without it.

Must not know how a call is routed, nor SQL or HTTP.
"""
