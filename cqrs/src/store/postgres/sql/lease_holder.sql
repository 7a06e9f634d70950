SELECT owner::text, CASE WHEN isfinite(lease_until) THEN to_char(lease_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END
FROM subscriptions WHERE name = $1 AND owner IS NOT NULL
