"""One module per event, or per union of events that share a topic because their mutual order
matters.
"""
