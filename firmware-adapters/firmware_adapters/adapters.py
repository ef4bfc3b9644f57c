"""All adapters by name. Imported by string in a device's own process; a family adds its rows here."""

from __future__ import annotations

ADAPTERS: dict[str, str] = {
    "camera.v4l2": "firmware_adapters.camera.adapter:V4l2Camera",
    "id_card.hid": "firmware_adapters.id_card.reader:HidReader",
    "id_card.serial": "firmware_adapters.id_card.reader:SerialReader",
    "id_card.usb": "firmware_adapters.id_card.reader:UsbReader",
    "power.nut": "firmware_adapters.power.adapter:NutUps",
    "printer.ipp": "firmware_adapters.printer.adapter:IppPrinter",
    "printer.usb": "firmware_adapters.printer.awaited:AwaitedUsbPrinter",
    "receipt_printer.tcp": "firmware_adapters.receipt_printer.adapter:TcpReceiptPrinter",
    "receipt_printer.usb": "firmware_adapters.receipt_printer.adapter:UsbReceiptPrinter",
    "scanner.keyboard": "firmware_adapters.scanner.keyboard:KeyboardScanner",
    "scanner.serial": "firmware_adapters.scanner.serial_port:SerialScanner",
    "smart_card.pcsc": "firmware_adapters.smart_card.adapter:PcscReader",
}
"""`family.name`, as the catalogue writes it -> `module:Class`, a subclass of adapter.Adapter."""
