"""Networks within one file: search, meaning of entry names, choice, completion of averages."""
