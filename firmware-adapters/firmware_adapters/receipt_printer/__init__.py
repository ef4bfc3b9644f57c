"""Receipt printers (小票打印机) by ESC/POS: slips of lines, over USB and over TCP port 9100."""
