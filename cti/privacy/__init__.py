"""What the firm holds on one person: given out, erased wherever a copy lies, and kept no longer than it may be.

Must not know screens, nor who may ask.
"""
