"""Rates: what a label costs, by which service and carrier. Pure.

A Rate has its service within; the rate within a label that was bought at once is flat.

Source: models.json, Rate, CoreRate.
"""

import re

from connectors.sdk.values import Money
from connectors.shippo.mapping.reading import Node

# Source: models.json, CarriersEnum (API 2018-02-08).
CARRIERS = frozenset(
    """
    airterra apc_postal apg aramex asendia_us australia_post axlehire better_trucks borderguru
    boxberry bring canada_post cdl chronopost collect_plus correios_br correos_espana colissimo
    deutsche_post dhl_benelux dhl_ecommerce dhl_express dhl_germany_c2c dhl_germany dpd_de dpd_uk
    estafeta fastway_australia fedex globegistics gls_us gophr gso hermes_germany_b2c hermes_uk
    hongkong_post lasership lso mondial_relay new_zealand_post nippon_express ontrac parcelforce
    passport pcf poste_italiane posti purolator royal_mail rr_donnelley russian_post sendle
    skypostal stuart swyft uds ups usps veho
    """.split()
)


def carrier(rate: Node) -> str:
    """The token of the carrier of *rate*, which states a name for people and a service's token.

    Nearly all services' tokens begin with their carrier's, also where the carrier has got another
    name since (Evri's with ``hermes_uk``); else the name is written as tokens are.
    """
    words = service(rate).split("_")
    beginnings = ("_".join(words[:many]) for many in range(len(words), 0, -1))
    name = re.sub(r"[^a-z0-9]+", "_", rate.text("provider").lower()).strip("_")
    return next((one for one in beginnings if one in CARRIERS), name)


def service(rate: Node) -> str:
    """The token of the service, ``"usps_priority"``."""
    level = rate.maybe_node("servicelevel")
    return rate.text("servicelevel_token") if level is None else level.text("token")


def price(rate: Node) -> Money:
    """What the sender pays, in the sender's currency: amount_local is in the recipient's."""
    return rate.money("amount", "currency")
