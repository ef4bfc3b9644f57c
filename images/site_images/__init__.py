"""Builds the image of the site server and the image that seats boot: trees, disks, manifests."""
