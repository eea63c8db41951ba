"""Webhooks to organizations: which addresses are let in, and how they are signed and sent."""
