"""ID-card readers (身份证阅读器, GA 450): the SDT protocol on USB, HID, serial lines; documents."""
