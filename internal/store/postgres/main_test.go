package postgres_test

import (
	"os"
	"testing"

	"cohort/internal/store/postgres"
	"cohort/internal/store/postgres/pgtest"
)

var server pgtest.Shared

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// fresh opens an empty directory, and closes it when the test ends.
func fresh(t *testing.T) *postgres.Store {
	t.Helper()
	return open(t, server.Directory(t))
}

func open(t *testing.T, url string) *postgres.Store {
	t.Helper()
	return pgtest.Open(t, url)
}
