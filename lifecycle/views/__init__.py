"""What follows from where everything stands: who is waited for, what blocks a payment, what to expect. Pure."""
