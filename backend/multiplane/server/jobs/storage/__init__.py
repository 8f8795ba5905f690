"""The data folder: whose it is, its database, and how the history comes back when that is lost."""
