"""The three sources: what switches each on, and where in the order it stands."""

from __future__ import annotations

from typing import ClassVar

from keyhole import Absent, Broken, Found, Ignored, Machine
from keyhole.source import missing
from keyhole_bedrock.product import ANTHROPIC_AWS, BEDROCK, MANTLE, Product

__all__ = ["AnthropicAws", "Bedrock", "Mantle"]


class _OnAws:
    """A source that a flag switches on."""

    product: ClassVar[Product]
    billing = "aws"

    def find(self, machine: Machine) -> Absent | Ignored | Broken | Found:
        flag = machine.variable(self.product.flag)
        if flag.value is None or flag.where is None:
            return missing(flag)
        if not flag.on:
            return Absent(reason=f"{flag.where} does not say yes (1, true, yes or on)")
        # Only here: a machine that uses no AWS does not import what reads its files.
        from keyhole_bedrock.finding import finding

        return finding(machine, self.product, flag)


class Bedrock(_OnAws):
    """Amazon Bedrock."""

    name = "bedrock"
    priority = 900
    product = BEDROCK
    selectors = BEDROCK.variables


class AnthropicAws(_OnAws):
    """Claude Platform on AWS."""

    name = "anthropic-aws"
    priority = 885
    product = ANTHROPIC_AWS
    selectors = ANTHROPIC_AWS.variables


class Mantle(_OnAws):
    """Bedrock Mantle."""

    name = "mantle"
    priority = 882
    product = MANTLE
    selectors = MANTLE.variables
