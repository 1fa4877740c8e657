"""The ledger: verdicts in, checked and provable books out. Owns imports' rows, plans, outcomes and
the books.
"""
