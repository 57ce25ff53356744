package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// openapi is the module that holds the generators of clients, pinned, and a program
// for each that uses what it makes.
const openapi = "../tools/openapi"

// TestGeneratedClientsWork: the API document as the server gives it makes types with
// openapi-typescript and a client with oapi-codegen. Both compile, and make calls.
func TestGeneratedClientsWork(t *testing.T) {
	installIn(t, openapi)
	s := newServer(t)
	t.Run("openapi-typescript", func(t *testing.T) {
		s.document(t, "/v1/openapi.yaml", "native.yaml")
		beside(t, "npx", "openapi-typescript", "native.yaml", "-o", "native.ts")
		beside(t, "npx", "tsc", "--strict", "--target", "es2022", "--module", "nodenext", "--skipLibCheck", "--outDir", "out",
			"client.ts")
		s.calls(t, "emea", "node", "out/client.js")
	})
	t.Run("oapi-codegen", func(t *testing.T) {
		s.document(t, "/v1/openapi-3.0.json", "native.json")
		// The program needs a package that is made here, so it is a file of Go here only.
		program, err := os.ReadFile(filepath.Join(openapi, "call.go.txt"))
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range []string{"gen", "call"} {
			if err := os.MkdirAll(filepath.Join(openapi, folder), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(openapi, "call", "main.go"), program, 0o600); err != nil {
			t.Fatal(err)
		}
		beside(t, "go", "tool", "oapi-codegen", "-generate", "types,client", "-include-tags", "users,changes", "-package",
			"gen", "-o", "gen/gen.go", "native.json")
		s.calls(t, "25", "go", "run", "./call")
	})
}

// document stores what the server answers under a path beside the programs.
func (s *server) document(t *testing.T, path, file string) {
	t.Helper()
	r, err := s.ask("GET", path, "", "")
	if err != nil || r.status != 200 {
		t.Fatalf("%s: %d, %v", path, r.status, err)
	}
	if err := os.WriteFile(filepath.Join(openapi, file), []byte(r.body), 0o600); err != nil {
		t.Fatal(err)
	}
}

// calls runs a program against the server, and wants its last word.
func (s *server) calls(t *testing.T, want string, command ...string) {
	t.Helper()
	out := beside(t, append(command, s.direct.Load().String(), clientID, clientSecret)...)
	if words := strings.Fields(out); len(words) == 0 || words[len(words)-1] != want {
		t.Errorf("%v printed %q, want %s", command, out, want)
	}
}

// beside runs a command beside the programs.
func beside(t *testing.T, command ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir = openapi
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
	return string(out)
}
