"""The site's half of the sync: it calls out, fetches what the centre wants here, sends the journal up."""
