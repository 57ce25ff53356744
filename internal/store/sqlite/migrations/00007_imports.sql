-- +goose Up
-- Files that people have sent to be brought in: sealed, for a day.
CREATE TABLE imports (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    work       BLOB    NOT NULL,
    data       BLOB    NOT NULL
) STRICT;
CREATE INDEX imports_by_user ON imports (user_id);
