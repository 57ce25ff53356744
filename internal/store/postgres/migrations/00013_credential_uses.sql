-- +goose Up
-- When a client id and secret ends, 0 for never, and when credentials were last
-- used, of which the SCIM API kept notes of its own.
ALTER TABLE credentials ADD COLUMN expires_at BIGINT NOT NULL DEFAULT 0;

CREATE TABLE credential_uses (
    credential BIGINT NOT NULL PRIMARY KEY,
    used_at    BIGINT NOT NULL
);
INSERT INTO credential_uses (credential, used_at)
    SELECT CAST(name AS BIGINT), MAX(n) FROM scim_notes WHERE kind = 'used' GROUP BY name;
DELETE FROM scim_notes WHERE kind = 'used';
