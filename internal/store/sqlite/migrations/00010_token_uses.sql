-- +goose Up
-- When tokens were last used: where a credential has too many, the one that was
-- used the longest ago ends. And what has ended tokens before their time, numbered
-- in the order of commits, for nodes that remember tokens.
ALTER TABLE tokens ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;
UPDATE tokens SET used_at = created_at;

CREATE TABLE token_feed (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    last INTEGER NOT NULL
) STRICT;

CREATE TABLE token_ends (
    n      INTEGER PRIMARY KEY,
    sha256 BLOB    NOT NULL CHECK (length(sha256) = 32)
) STRICT;
