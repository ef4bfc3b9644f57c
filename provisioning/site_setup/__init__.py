"""Setting a site server up at its first start, by five answers or by a site file on a stick."""
