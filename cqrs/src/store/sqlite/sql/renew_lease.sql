UPDATE subscriptions SET lease_until = ?4 WHERE name = ?1 AND owner = ?2 AND epoch = ?3
