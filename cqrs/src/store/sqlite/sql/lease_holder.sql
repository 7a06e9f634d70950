SELECT owner, lease_until FROM subscriptions WHERE name = ?1 AND owner IS NOT NULL
