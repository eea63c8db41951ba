"""How Temporal is reached: by the SDK's own environment configuration, which knows profiles, TLS, mTLS and API keys."""

from temporalio.envconfig import ClientConfigProfile, ClientConnectConfig

from config.settings import Settings


def connect_config(settings: Settings) -> ClientConnectConfig:
    """What to connect with: the profile that ``TEMPORAL_…`` and its file describe, where our own settings go first.

    A local stack's server is reached without any of it, whatever this shell is set up for.
    """
    if settings.temporal_plain:
        return ClientConnectConfig(
            target_host=settings.temporal_address, namespace=settings.temporal_namespace, tls=False
        )
    config = ClientConfigProfile.load().to_client_connect_config()
    if "temporal_address" in settings.model_fields_set or "target_host" not in config:
        config["target_host"] = settings.temporal_address
    if "temporal_namespace" in settings.model_fields_set or "namespace" not in config:
        config["namespace"] = settings.temporal_namespace
    return config
