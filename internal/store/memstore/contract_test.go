package memstore_test

import (
	"testing"

	"cohort/internal/store"
	"cohort/internal/store/memstore"
	"cohort/internal/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return memstore.New() })
}
