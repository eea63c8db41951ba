"""The local stack: Temporal, database, sandbox, worker and API on this machine, one state directory for all."""
