"""Being paid: the payout account, invoices, payouts, and what can be expected."""
