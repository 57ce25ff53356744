-- +goose Up
-- How many bytes users have added to the history in a day.
CREATE TABLE history_uses (
    day     INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    bytes   INTEGER NOT NULL,
    PRIMARY KEY (day, user_id)
) STRICT, WITHOUT ROWID;
