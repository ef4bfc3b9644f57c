"""The site file (考点文件): one YAML file from which a site's addresses, firewall and DHCP are made."""
