"""The organization itself: its overview, members, keys, webhooks and inbox."""
