-- +goose Up
-- What people say of groups and attributes, and what narrows the values of an
-- attribute beyond its type.
ALTER TABLE groups ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE attributes ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE attributes ADD COLUMN allowed TEXT NOT NULL DEFAULT ''; -- '' or a JSON array of [value, label]
ALTER TABLE attributes ADD COLUMN pattern TEXT NOT NULL DEFAULT '';
ALTER TABLE attributes ADD COLUMN least TEXT NOT NULL DEFAULT '';
ALTER TABLE attributes ADD COLUMN greatest TEXT NOT NULL DEFAULT '';
ALTER TABLE attributes ADD COLUMN max_length BIGINT NOT NULL DEFAULT 0 CHECK (max_length >= 0);
