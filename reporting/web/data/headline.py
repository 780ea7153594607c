"""The headline of a release's page: its chosen figure of the whole country in one sentence."""

from flask_babel import format_decimal, gettext

from reporting.publishing.release_page import Page
from reporting.web.data.formatting import name_month
from reporting.web.data.wording import say_total


def say_headline(page: Page) -> str | None:
    """Say the figure of the country in words; None of a release without totals.

    Where it is not shown, or its choices are not counted together, the sentence says that.
    """
    if not page.release.has_noise or not page.months:
        return None
    if page.total is None:
        return str(gettext("These choices are not counted together. Choose all of one of them."))
    period = name_month(page.release.period)
    if page.total.value is None:
        return str(gettext("The figure for %(period)s is too small to be shown: [c].", period=period))
    number, error = format_decimal(page.total.value), format_decimal(page.total.error)
    return say_total(page.release, page.selection.measure, number, error, period)
