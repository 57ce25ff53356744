package serve

import (
	"testing"

	"cohort/internal/config"
)

// Servers in memory have no rate limits, unless they are set.
func TestServersInMemoryHaveNoRateLimits(t *testing.T) {
	for _, test := range []struct {
		flags      config.Flags
		environ    []string
		credential int
		address    int
	}{
		{nil, nil, 0, 0},
		{config.Flags{"credential-rate": "7"}, nil, 7, 0},
		{nil, []string{"COHORT_ADDRESS_RATE=1000"}, 0, 1000},
	} {
		settings, sources, err := config.Load(test.flags, test.environ)
		if err != nil {
			t.Fatal(err)
		}
		if settings.CredentialRate == 0 || settings.AddressRate == 0 {
			t.Fatal("there is no rate limit in the first place")
		}
		withoutRates(&settings, sources)
		if settings.CredentialRate != test.credential || settings.AddressRate != test.address {
			t.Errorf("%v %v: %d and %d, want %d and %d", test.flags, test.environ,
				settings.CredentialRate, settings.AddressRate, test.credential, test.address)
		}
	}
}
