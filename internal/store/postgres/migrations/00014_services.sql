-- +goose Up
-- Service accounts are few among many people.
CREATE INDEX users_services ON users (id) WHERE deleted_rev = 0 AND kind = 'service';
