"""The wallboard: what hangs on a wall for everybody in the room, kept true, and the tokens of the screens that show it.

Knows the firm's figures and who is where; knows no HTTP, and shows nothing of a customer beyond what a setting allows.
"""
