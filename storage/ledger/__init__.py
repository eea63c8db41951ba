"""The ledger: booking, its chains and anchors, and everything that checks it."""
