-- +goose Up
-- How many bytes users have added to the history in a day.
CREATE TABLE history_uses (
    day     BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    bytes   BIGINT NOT NULL,
    PRIMARY KEY (day, user_id)
);
