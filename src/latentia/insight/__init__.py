"""What was found: quality, baselines, factors, stability, clusters, strange rows, and findings in words.

Everything here takes NumPy arrays and plain callables and returns the records of ``results``; nothing
trains a network.
"""
