"""The pages that are written from the data: diagrams, the runbook, the events of webhooks."""
