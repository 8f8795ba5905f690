"""Who makes shots: slots and their worker processes, here or on a farm, tries and deliveries."""
