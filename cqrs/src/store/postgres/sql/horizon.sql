-- The statement sees what was committed before it began, and the function looks for holders while it runs: in this order.
SELECT (SELECT coalesce(max(position), 0) FROM events), holders, prepared FROM horizon()
