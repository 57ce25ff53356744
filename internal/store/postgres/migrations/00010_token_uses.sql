-- +goose Up
-- When tokens were last used: where a credential has too many, the one that was
-- used the longest ago ends. And what has ended tokens before their time, numbered
-- in the order of commits, for nodes that remember tokens.
ALTER TABLE tokens ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
UPDATE tokens SET used_at = created_at;

CREATE TABLE token_feed (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    last BIGINT NOT NULL
);

CREATE TABLE token_ends (
    n      BIGINT PRIMARY KEY,
    sha256 BYTEA  NOT NULL CHECK (length(sha256) = 32)
);
