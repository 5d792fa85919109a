"""What a package has to be so that events reach it, and what it may raise."""

from compliance.plugins.contract import Delivery, EventPlugin, SubscriberGone

__all__ = ["Delivery", "EventPlugin", "SubscriberGone"]
