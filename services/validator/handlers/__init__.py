"""Judging a batch and sending its verdicts, in this order; how is the domain's."""
