"""All sources of sightings by name, imported when used: one that is broken is named and the rest runs."""

from __future__ import annotations

SOURCES: dict[str, str] = {
    "udev": "firmware_adapters.udev_source:UdevSource",
    "fixed": "firmware_adapters.fixed_source:FixedSource",
    "pcsc": "firmware_adapters.smart_card.source:PcscSource",
    "cups": "firmware_adapters.printer.source:PrinterSource",
    "receipts": "firmware_adapters.receipt_printer.source:ReceiptPrinters",
    "nut": "firmware_adapters.power.source:NutSource",
}
"""Name -> `module:Class`, a subclass of firmware_adapters.source.Source."""
