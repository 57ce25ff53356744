-- +goose Up
-- Previews and claims of keys have tables of their own; they were among the
-- answers to requests.

CREATE TABLE previews (
    token      TEXT COLLATE "C" PRIMARY KEY,
    data       BYTEA NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX previews_by_expiry ON previews (expires_at);

CREATE TABLE key_claims (
    purpose TEXT COLLATE "C" PRIMARY KEY,
    key_id  TEXT COLLATE "C" NOT NULL
);
INSERT INTO key_claims SELECT 'hidden values', convert_from(reply, 'UTF8') FROM idempotency_keys WHERE caller = 0 AND key = 'keys of hidden values';
DELETE FROM idempotency_keys WHERE caller = 0 AND (key = 'keys of hidden values' OR substr(key, 1, 8) = 'preview ');
