"""What a running neuron tells about itself: structured logs and Prometheus metrics.

Owns how they are written and named. Does not own where they are shown; nothing here is global
state of the process but what a process sets up on purpose (``logs.configure``).
"""
