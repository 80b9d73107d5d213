"""One machine's private installation: secrets, generated files, the Asterisk root, the demo company, supervision.

What `./run` stands on. A site that runs Asterisk and the daemon its own way never comes here.
"""
