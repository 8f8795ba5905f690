"""The contract between server, panel and host scripts. `shared_schema/` is generated from it."""
