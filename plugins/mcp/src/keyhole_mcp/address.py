"""What kind of place an IP address is."""

from __future__ import annotations

import enum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

__all__ = ["Zone", "zone_of"]

_NAT64 = IPv6Network("64:ff9b::/96")


class Zone(enum.Enum):
    """From the world to the inside of this machine; `NOWHERE` is never connected to."""

    PUBLIC = "public"
    PRIVATE = "private"
    LOOPBACK = "loopback"
    NOWHERE = "link-local, multicast, unspecified or reserved"


def zone_of(address: str) -> Zone:
    """The zone of an address; what is none at all, or hides another one, is `NOWHERE`.

    Args:
        address: An IPv4 or IPv6 address, with a zone identifier or without.
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return Zone.NOWHERE
    if isinstance(parsed, IPv6Address):
        if parsed in _NAT64:
            # The network translates it: what is connected to is the IPv4 address inside.
            return _zone(IPv4Address(parsed.packed[-4:]))
        if parsed.ipv4_mapped or parsed.sixtofour or parsed.teredo or parsed.is_site_local:
            return Zone.NOWHERE
    return _zone(parsed)


def _zone(address: IPv4Address | IPv6Address) -> Zone:
    if address.is_loopback:
        return Zone.LOOPBACK
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return Zone.NOWHERE
    if address.is_global and not address.is_reserved:
        return Zone.PUBLIC
    # 100.64.0.0/10 (RFC 6598) is neither global nor private for the library.
    return Zone.PRIVATE if address.is_private or not address.is_reserved else Zone.NOWHERE
