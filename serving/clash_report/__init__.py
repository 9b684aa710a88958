"""What people do with found clashes: rules on what counts, groups, BCF topics, a page to look at."""
