"""The words that centre and site share: models, canonical JSON, hash chain, exam package, bundle."""
