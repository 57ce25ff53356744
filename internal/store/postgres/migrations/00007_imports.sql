-- +goose Up
-- Files that people have sent to be brought in: sealed, for a day.
CREATE TABLE imports (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    work       BYTEA    NOT NULL,
    data       BYTEA    NOT NULL
);
CREATE INDEX imports_by_user ON imports (user_id);
