"""What producers and employers see: queries that write nothing."""
