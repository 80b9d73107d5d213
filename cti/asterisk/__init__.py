"""The switch: FastAGI server, ARI client and events, AMI actions. Turns payloads into typed events and back.

Knows nothing of customers, agents' lives, pops or promises.
"""
