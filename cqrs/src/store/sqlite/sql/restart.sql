UPDATE subscriptions SET version = ?4, position = ?5, started_at = ?5 WHERE name = ?1 AND epoch = ?2 AND position = ?3
