SELECT handler, category, key, position, version, state, attempts, error, time FROM dead_letters
