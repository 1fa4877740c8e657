"""How Ledgerport is set up and run: one-off set-up steps, the native launcher, and images."""
