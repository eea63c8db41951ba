"""The form of a payout account: its steps, its fields, and what is wrong in them."""
