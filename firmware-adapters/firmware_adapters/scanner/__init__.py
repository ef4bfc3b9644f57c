"""Code scanners (扫码器): HID keyboards, serial lines and CDC-ACM; they give text without its meaning."""
