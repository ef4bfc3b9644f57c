"""Rosters (考生名册) as .xlsx with photos from a zip: the template and the reader."""

from central_sync.centre.files.roster_read import RosterCandidate, RosterDraft, read_roster
from central_sync.centre.files.roster_template import roster_template

__all__ = ["RosterCandidate", "RosterDraft", "read_roster", "roster_template"]
