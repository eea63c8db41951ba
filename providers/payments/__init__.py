"""What all payment providers have in common: what is said to them and by them, and what that means for a payout."""
