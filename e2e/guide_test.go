package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheProgramsOfTheGuideRun: the programs in docs/guides/looker.md run as they
// stand there, with the official SDKs, on the directory that the guide makes.
func TestTheProgramsOfTheGuideRun(t *testing.T) {
	installPackages(t)
	text, err := os.ReadFile("../docs/guides/looker.md")
	if err != nil {
		t.Fatal(err)
	}
	guide := string(text)
	seed := filepath.Join(t.TempDir(), "company.json")
	between(t, guide, `(?ms)^cat > company.json <<'JSON'\n(.*?)^JSON$`, seed)
	script := filepath.Join(t.TempDir(), "main.go")
	between(t, guide, "(?ms)^```go\n(.*?)^```$", script)
	// Node looks for packages in the folders above a module.
	module := filepath.Join("typescript", "node_modules", ".guide.mjs")
	t.Cleanup(func() { _ = os.Remove(module) })
	between(t, guide, "(?ms)^```js\n(.*?)^```$", module)

	for name, command := range map[string][]string{"Go": {"go", "run", script}, "JavaScript": {"node", module}} {
		s := newServer(t, with("--seed", seed))
		// as above in the guide
		s.change(s.login(), `{"edit":"set_group_value","group":"11","attribute":"20","value":"emea","rank":1}`)
		cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
		cmd.Env = append(os.Environ(), "LOOKERSDK_BASE_URL="+s.url,
			"LOOKERSDK_CLIENT_ID="+clientID, "LOOKERSDK_CLIENT_SECRET="+clientSecret)
		out, err := cmd.CombinedOutput()
		if lines := strings.Fields(string(out)); err != nil || len(lines) == 0 || lines[len(lines)-1] != "apac" {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// between writes what a pattern finds in a text into a file.
func between(t *testing.T, text, pattern, file string) {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("the guide has nothing like %s", pattern)
	}
	if err := os.WriteFile(file, []byte(found[1]), 0o600); err != nil {
		t.Fatal(err)
	}
}
