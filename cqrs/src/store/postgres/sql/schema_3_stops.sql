-- Why the owner of a partition has stopped, for those who wait for it in other processes. It holds while `stopped_epoch` is
-- the epoch: whoever takes the partition over begins anew. A process of the version before neither writes nor reads it.
ALTER TABLE subscriptions
    ADD COLUMN stopped_epoch bigint,
    ADD COLUMN stopped       text;
