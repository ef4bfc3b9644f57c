"""Displays (叫号显示屏): the page for a TV, and its interface."""
