UPDATE subscriptions SET owner = NULL, lease_until = NULL WHERE name = ?1 AND owner = ?2 AND epoch = ?3
