"""The durable loop that organizations and payouts share: wait, decide, record, do."""
