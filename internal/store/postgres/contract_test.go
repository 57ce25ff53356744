package postgres_test

import (
	"testing"

	"cohort/internal/store"
	"cohort/internal/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return fresh(t) })
}
