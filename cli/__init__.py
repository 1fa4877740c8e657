"""The command line `ledgerport`: asks the API and the public topics, as any caller could."""
