"""Events: taken in, deduplicated, kept in order by key, mapped by their plugin, carried out or put in quarantine."""
