"""Payouts: sent on payment day, retried by themselves, never sent twice, watched for their return."""
