"""Texts of the desk for its filters, and the views that everybody has."""

from typing import Final

from flask_babel import lazy_gettext

from reporting.moderation.desk.filters import Holder
from reporting.moderation.desk.listing import Order

ORDERS: Final = {
    Order.URGENT: lazy_gettext("most urgent first"),
    Order.OLDEST: lazy_gettext("oldest first"),
    Order.NEWEST: lazy_gettext("newest first"),
}
HOLDERS: Final = {
    Holder.MINE: lazy_gettext("me"),
    Holder.NOBODY: lazy_gettext("nobody"),
    Holder.OTHERS: lazy_gettext("somebody else"),
}
AGES: Final = {  # hours
    "1": lazy_gettext("an hour"),
    "24": lazy_gettext("a day"),
    "72": lazy_gettext("three days"),
    "168": lazy_gettext("a week"),
    "720": lazy_gettext("thirty days"),
}
COMMON_VIEWS: Final = {  # name by query string
    "": lazy_gettext("All that wait"),
    "place=none": lazy_gettext("Without a place"),
    "topic=none": lazy_gettext("Without a topic"),
    "photo=yes": lazy_gettext("With a photo"),
    "cluster=2": lazy_gettext("Of one incident with others"),
    "holder=mine": lazy_gettext("Assigned to me"),
}
