"""Webhooks to organizations: their endpoints, and what is delivered to them."""
