"""Updates of a flashed site server: signed bundles, two slots, the old one again if the new is not well."""
