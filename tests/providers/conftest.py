from tests.sandbox.fixtures import box, organization, receiver

__all__ = ["box", "organization", "receiver"]
