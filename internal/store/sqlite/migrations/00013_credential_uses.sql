-- +goose Up
-- When a client id and secret ends, 0 for never, and when credentials were last
-- used, of which the SCIM API kept notes of its own.
ALTER TABLE credentials ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0;

CREATE TABLE credential_uses (
    credential INTEGER NOT NULL PRIMARY KEY,
    used_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO credential_uses (credential, used_at)
    SELECT CAST(name AS INTEGER), MAX(n) FROM scim_notes WHERE kind = 'used' GROUP BY name;
DELETE FROM scim_notes WHERE kind = 'used';
