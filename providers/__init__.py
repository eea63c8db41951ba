"""The outside world as small protocols, and the adapters that speak to it over HTTP. Imports models only."""
