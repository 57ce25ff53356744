-- +goose Up
-- What was done, once, to what an older version has stored.
CREATE TABLE upgrades (
    name TEXT NOT NULL PRIMARY KEY
);
