"""Ticket machines (取号机): the page where candidates take a number, and its interface."""
