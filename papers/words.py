"""What things are called on papers."""

from models.documents import Feature, Stream

STREAMS = {
    Stream.IAA: "In-app ads",
    Stream.IAP_SUBSCRIPTION: "In-app purchases: subscriptions",
    Stream.IAP_NON_SUBSCRIPTION: "In-app purchases: one-time",
}

FEATURES = {Feature.IAA: "In-app ads", Feature.IAP: "In-app purchases"}

LINES = {
    "earning": "Earned",
    "adjustment": "Of earlier periods",
    "carried_forward": "Carried forward",
    "appeal": "Granted on appeal",
    "reconciliation": "Reconciliation",
}
