"""The technician's desk for seats: who sits where, binding, order of seats, power, hardware, lock-down."""
