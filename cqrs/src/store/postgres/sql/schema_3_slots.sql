-- Process managers are divided into slots, which are shared out as the partitions of projections are. The version of a slot, in
-- `subscriptions`, is the highest of a state that was written in it; who knows less does not take it.
ALTER TABLE partition_workers
    ADD COLUMN knows bigint NOT NULL DEFAULT 0; -- up to which version this process knows such states; 0 where there are none
