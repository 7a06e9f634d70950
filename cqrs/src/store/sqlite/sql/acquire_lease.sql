UPDATE subscriptions SET owner = ?2, epoch = epoch + 1, lease_until = ?4
WHERE name = ?1 AND (
    owner IS NULL OR owner = ?2 OR lease_until IS NULL OR lease_until <= ?3
    -- Longer than any lease: not written by this library.
    OR lease_until > ?5
)
RETURNING epoch
