"""Which adapters an installation uses."""

from config.settings import Settings
from models.desks import Desk
from providers.file_store import DiskDocuments, Sealer
from providers.http.client import ProviderHttp
from providers.http.earnings import HttpEarningsFeed
from providers.http.notifications import HttpNotifications
from providers.http.reviews import HttpReviewDesk
from providers.http.storefront import HttpStorefront
from providers.payments.registry import payment_provider
from providers.protocols import Notifications, Providers
from providers.smtp import SmtpNotifications


def http_providers(settings: Settings, sealer: Sealer | None = None) -> Providers:
    """Every external system behind ``provider_url``, and the files in ``state_dir``, under the sealer's keys."""
    http = ProviderHttp(settings.provider_url, settings.provider_token, settings.provider_timeout)
    return Providers(
        desks={desk: HttpReviewDesk(http, desk) for desk in Desk},
        payments=payment_provider(settings).payments(),
        earnings=HttpEarningsFeed(http),
        notifications=notifications(settings, http),
        storefront=HttpStorefront(http),
        documents=DiskDocuments(settings.state_dir / "files", sealer),
    )


def notifications(settings: Settings, http: ProviderHttp) -> Notifications:
    """Who sends mail; raises ValueError for an address that is not one of a mail server."""
    url = settings.smtp_url.get_secret_value()
    if not url:
        return HttpNotifications(http)
    return SmtpNotifications(url, settings.mail_from, settings.provider_timeout)
