SELECT name, position, coalesce((SELECT max(position) FROM events), 0) AS head FROM subscriptions WHERE position > head
