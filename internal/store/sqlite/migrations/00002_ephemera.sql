-- +goose Up
-- Previews and claims of keys have tables of their own; they were among the
-- answers to requests.

CREATE TABLE previews (
    token      TEXT    PRIMARY KEY,
    data       BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX previews_by_expiry ON previews (expires_at);

CREATE TABLE key_claims (
    purpose TEXT PRIMARY KEY,
    key_id  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO key_claims SELECT 'hidden values', CAST(reply AS TEXT) FROM idempotency_keys WHERE caller = 0 AND key = 'keys of hidden values';
DELETE FROM idempotency_keys WHERE caller = 0 AND (key = 'keys of hidden values' OR substr(key, 1, 8) = 'preview ');
