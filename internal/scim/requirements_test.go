package scim_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The numbers that tests name: requirements C1 to C72, forms of requests 3.1 to
// 3.15, and failures of other servers, 1 to 46.
const (
	requirements = 72
	ofEntra      = 15
	ofOthers     = 46
)

// Every number of the sheet stands at a test, in its name, its comment, or the name
// of one of its cases, or at an exchange of the golden files: what has none is not
// tested.
func TestEveryRequirementHasATest(t *testing.T) {
	var text strings.Builder
	for _, pattern := range []string{"*_test.go", "*/*_test.go", "testdata/golden/*.txt"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if path != "requirements_test.go" {
				text.WriteString(string(b) + "\n")
			}
		}
	}
	elsewhere := map[string]string{"3.11": "rates, TLS and certificates are the server's: internal/app"}
	said := strings.NewReplacer("\n// ", " ", "\n\t// ", " ").Replace(text.String())
	for _, kind := range []struct {
		name, list, number string
		most               int
	}{
		{"C", `C\d+(?:(?:to|,? and|,| to)? ?C\d+)*`, `(to ?C?)?(\d+)`, requirements},
		{"3.", `3\.\d+`, `()\.(\d+)`, ofEntra},
		{"failure ", `[Ff]ailures? \d+(?:(?: to |, and | and |, )\d+)*`, `(to )?(\d+)`, ofOthers},
	} {
		seen := map[int]bool{}
		for _, list := range regexp.MustCompile(kind.list).FindAllString(said, -1) {
			last := 0
			for _, m := range regexp.MustCompile(kind.number).FindAllStringSubmatch(list, -1) {
				n, err := strconv.Atoi(m[2])
				if err != nil {
					t.Fatal(err)
				}
				for i := last + 1; m[1] != "" && i < n; i++ {
					seen[i] = true
				}
				seen[n], last = true, n
			}
		}
		for n := 1; n <= kind.most; n++ {
			if !seen[n] && elsewhere[kind.name+strconv.Itoa(n)] == "" {
				t.Errorf("%s%d has no test", kind.name, n)
			}
		}
		for n := range seen {
			if n > kind.most {
				t.Errorf("there is no %s%d", kind.name, n)
			}
		}
	}
}
