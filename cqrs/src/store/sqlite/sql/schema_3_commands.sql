-- Schema version 3: what tells another command with the same id from one that is sent again, and commands without events.
--
-- Processes of version 2 that run may go on appending: their rows have a `fingerprint` of 16 bytes, of name and payload, and
-- neither version nor shape, and are read as records of release 0.1.0. Our rows have an empty `fingerprint`, which they
-- cannot read: a command of ours that comes to them again fails for the time being, and is never handled twice nor taken
-- for another. Columns are added and no table is copied, so the step takes no time however large the file is.
ALTER TABLE commands ADD COLUMN version INTEGER; -- of the command's type
ALTER TABLE commands ADD COLUMN shape INTEGER;   -- a number that follows from the fields of the type
ALTER TABLE commands ADD COLUMN digest BLOB;     -- 16 bytes of the SHA-256 of the payload, where the caller gave the id
-- From here on `first_position` and `last_position` may be 0: the command decided that nothing happens.
