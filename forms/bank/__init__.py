"""Bank accounts: which numbers each country asks for, and what can be checked of them."""
