"""The API's operations by subject: authenticate, validate, call a service."""
