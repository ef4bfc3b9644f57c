"""Integrated identity terminals (人证核验一体机, mode 1 of the standard): their interface, keys and formats.

Row site.identity.terminal of the environment standard. A terminal reads the document, takes a picture and
compares; the site server gives it the roster, takes its results and decides.
"""
