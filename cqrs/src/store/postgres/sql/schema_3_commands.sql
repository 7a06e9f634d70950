-- Schema version 3: the record of a command keeps the version and the shape that its type had, and a digest where one can be
-- compared; a command may have decided nothing: then its outcome has no streams.
--
-- A process of the version before may go on appending. It calls the functions of its own, which stay as they are; their
-- records have a fingerprint and no version. They take the lock of every stream they are given exclusively, by the same
-- names and in the same order as those of this version: so nothing that is guarded changes behind a guard's back, and no
-- duty is left to them that they would not know. One that is started again is refused.
ALTER TABLE commands
    -- What a process of the version before cannot read: a command of this version that comes to it again fails for the
    -- time being, and is neither handled twice nor taken for another.
    ALTER COLUMN fingerprint SET DEFAULT '\x',
    ADD COLUMN version bigint, -- of the command's type; none in a record of version 2
    ADD COLUMN shape   bigint, -- a digest of the form of the type
    ADD COLUMN digest  bytea;  -- 16 bytes of the SHA-256 of the command, if it is to be compared

-- What came of one append of a group, a row for each stream it writes; of one that was refused, also for each that it
-- guards; of one that has no such row, one without a version. Of a command that was handled before, its record.
CREATE TYPE append_verdict AS (
    member          integer,
    accepted        boolean,
    version         bigint, -- the version the stream had
    first_position  bigint,
    last_position   bigint,
    command_name    text,
    command_version bigint,
    command_shape   bigint,
    command_digest  bytea,
    outcome         json
);
