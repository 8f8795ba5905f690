"""Jobs and their shots on the disk: database, files, order, and the views that clients get."""
