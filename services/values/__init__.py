"""Cells become values and values become text: money, dates, text and kinds; pure, no I/O."""
