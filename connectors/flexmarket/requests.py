"""What is sent to the marketplace. Pure.

Source: flexcommerce 1.0.0, the views of flexcommerce-marketplace, -orders, -catalog, -inventory and
-pricing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from connectors.sdk.http import Request
from connectors.sdk.records import Kind, Tracking

PAGE_ROWS = 100
"""The most that a page has: MAX_PAGE_SIZE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request, and in whose name it goes: the seller's, or with *by_staff* the marketplace's."""

    request: Request
    by_staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list, newest first, and the words in it for what is not over yet."""

    path: str
    open_words: tuple[str, ...]
    final_words: tuple[str, ...]
    by_staff: bool = False

    def page(self, number: int, word: str = "") -> Ask:
        """Ask for one page; with *word* only of rows in that status."""
        status = (("status", word),) if word else ()
        return _page(self.path, number, *status, by_staff=self.by_staff)


LISTINGS: Mapping[Kind, Listing] = {
    Kind.ORDER: Listing(
        path="/vendors/me/orders/",
        open_words=("pending", "confirmed", "shipped"),
        final_words=("delivered", "cancelled"),
    ),
    Kind.RETURN: Listing(
        path="/returns/",
        open_words=("pending", "approved", "received"),
        final_words=("refunded", "rejected"),
        by_staff=True,
    ),
}


def profile() -> Ask:
    """The seller whom the token belongs to."""
    return _get("/vendors/me/")


def price() -> Ask:
    """A calculation that changes nothing: the one answer that tells a seller the currency."""
    path = "/pricing/calculate/"
    return Ask(request=Request(method="POST", path=path, json={"price": "1.00"}, is_safe=True))


def products(number: int) -> Ask:
    """One page of the seller's listings, without their variants."""
    return _page("/catalog/products/", number, ("mine", "1"))


def product(product_id: str) -> Ask:
    """One listing with its variants."""
    return _get(f"/catalog/products/{_quoted(product_id)}/", ("mine", "1"))


def variants(number: int) -> Ask:
    """One page of the variants of all the seller's listings."""
    return _page("/catalog/variants/", number)


def stock(number: int, sku: str = "") -> Ask:
    """One page of everybody's stock; with *sku* only where that is part of the SKU."""
    search = (("search", sku),) if sku else ()
    return _page("/inventory/", number, *search, by_staff=True)


def movements(stock_id: str) -> Ask:
    """The latest movements of one item's stock."""
    return _page(f"/inventory/{_quoted(stock_id)}/movements/", 1, by_staff=True)


def parents(number: str) -> Ask:
    """The shopper's whole order of this number, as a list."""
    return _page("/orders/", 1, ("search", number), by_staff=True)


def parent(parent_id: str) -> Ask:
    """The shopper's whole order, with everybody's lines and parcels."""
    return _get(f"/orders/{_quoted(parent_id)}/", by_staff=True)


def returned(return_id: str) -> Ask:
    return _get(f"/returns/{_quoted(return_id)}/", by_staff=True)


def ship(order_id: str, tracking: Tracking) -> Ask:
    """Send all that is left of the seller's order in one parcel."""
    body = {"carrier": tracking.carrier, "tracking_number": tracking.number}
    body["tracking_url"] = tracking.url
    stated = {name: value for name, value in body.items() if value}
    path = f"/vendors/me/orders/{_quoted(order_id)}/ship/"
    return _post(path, stated, by_staff=False)


def deliver(parent_id: str, parcel_id: str) -> Ask:
    """One parcel has arrived. The order's own ``/deliver/`` would say it of every seller's."""
    path = f"/orders/{_quoted(parent_id)}/shipments/{_quoted(parcel_id)}/events/"
    return _post(path, {"status": "delivered"})


def adjust(stock_id: str, on_hand: int, note: str) -> Ask:
    path = f"/inventory/{_quoted(stock_id)}/adjust/"
    return _post(path, {"on_hand": on_hand, "note": note})


def approve(return_id: str) -> Ask:
    return _post(f"/returns/{_quoted(return_id)}/approve/", {})


def receive(return_id: str, *, restock: bool) -> Ask:
    """Take a return in. Without ``refund`` false the marketplace would give the money back too."""
    path = f"/returns/{_quoted(return_id)}/receive/"
    return _post(path, {"restock": restock, "refund": False})


def cancel(parent_id: str, reason: str) -> Ask:
    return _post(f"/orders/{_quoted(parent_id)}/cancel/", {"reason": reason})


def _page(path: str, number: int, *query: tuple[str, str], by_staff: bool = False) -> Ask:
    pages = (("page", str(number)), ("page_size", str(PAGE_ROWS)))
    return _get(path, *query, *pages, by_staff=by_staff)


def _get(path: str, *query: tuple[str, str], by_staff: bool = False) -> Ask:
    return Ask(
        request=Request(method="GET", path=path, query=query, is_safe=True), by_staff=by_staff
    )


def _post(path: str, body: Mapping[str, Any], *, by_staff: bool = True) -> Ask:
    return Ask(
        request=Request(method="POST", path=path, json=body, is_safe=False), by_staff=by_staff
    )


def _quoted(part: str) -> str:
    return quote(part, safe="")
