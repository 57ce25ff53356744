-- +goose Up
-- What the SCIM API notes about its clients.
CREATE TABLE scim_notes (
    client INTEGER NOT NULL,
    kind   TEXT   NOT NULL,
    name   TEXT   NOT NULL,
    at     INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    data   BLOB   NOT NULL,
    PRIMARY KEY (client, kind, name, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX scim_notes_by_time ON scim_notes (kind, at);
