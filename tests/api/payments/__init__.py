"""Payout accounts, invoices and payouts as the API tells them."""
