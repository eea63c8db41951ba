"""External systems that speak our own protocol over HTTP: docs/openapi-providers.json."""
