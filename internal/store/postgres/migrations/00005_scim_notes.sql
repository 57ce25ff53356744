-- +goose Up
-- What the SCIM API notes about its clients.
CREATE TABLE scim_notes (
    client BIGINT NOT NULL,
    kind   TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    at     BIGINT NOT NULL,
    n      BIGINT NOT NULL,
    data   BYTEA   NOT NULL,
    PRIMARY KEY (client, kind, name, at)
);
CREATE INDEX scim_notes_by_time ON scim_notes (kind, at);
