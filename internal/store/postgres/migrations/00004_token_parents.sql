-- +goose Up
-- A sudo token ends with the token that it was made from. Of those that are
-- there nobody knows from which: they end now.
DELETE FROM tokens WHERE sudoer <> 0;
ALTER TABLE tokens ADD COLUMN parent BYTEA NOT NULL DEFAULT '\x0000000000000000000000000000000000000000000000000000000000000000' CHECK (length(parent) = 32);
CREATE INDEX tokens_by_parent ON tokens (parent);
