"""What Asterisk runs: templates of its configuration, and the pure function that fills them in.

Must not know the daemon: it knows ports, secrets, phones and the last net, and writes files.
"""
