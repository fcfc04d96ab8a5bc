"""Rules that turn what was measured into findings: one file per kind of evidence.

Each function takes plain numbers or arrays and returns a list of findings, empty where there is
nothing to say. The thresholds stand at the top of each file with the reason for them.
"""
