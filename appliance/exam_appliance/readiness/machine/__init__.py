"""What the machine says of itself: plain functions of a root folder, which may be an invented one."""
