"""The invigilator's and technician's console and its interface."""
