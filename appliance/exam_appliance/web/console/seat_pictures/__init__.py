"""The picture at the seat, at the console: what came of it, and what an invigilator decides who looked."""
