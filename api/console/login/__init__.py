"""Signing in to the console at the OIDC issuer."""
