"""What people fill in, and everything that can be checked of it without asking anybody: names, banks, tax, invoices."""
