"""The ledger as data: accounts, entries chained by hashes, and what comes of checking them."""
