"""What invigilators do: actions on seats, credits for lost time, the roll, the closing, the room's log."""
