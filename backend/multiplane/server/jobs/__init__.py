"""Jobs and their shots on the disk: database, files, order, and what clients are told of them."""
