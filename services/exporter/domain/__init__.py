"""What an export may ask for, which columns it has, how its file is called, and what is said of
it.
"""
