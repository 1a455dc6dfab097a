-- The chain covers every column of an entry. An entry keeps the hash of its body, so that the chain can be followed where the
-- body is no more. Entries from before have none; an entry of kind 'chain' covers them as they were at this migration.
ALTER TABLE entry ADD COLUMN body_hash BLOB;                      -- SHA-256 of the body
ALTER TABLE entry ADD COLUMN put_out   INTEGER NOT NULL DEFAULT 0; -- 1: for every sink, 2: for other centres
