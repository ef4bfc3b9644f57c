"""The interface of identity terminals, in our own format and in makers', and the console's part of it."""
